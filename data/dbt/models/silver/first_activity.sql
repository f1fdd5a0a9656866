{# The first and last sign of life of a client, for sources that do not date their customers. #}

with activity as (
    select
        customer_id,
        start_date as happened_on
    from {{ ref("subscriptions") }}
    union all
    select
        customer_id,
        transaction_date as happened_on
    from {{ ref("transactions") }}
    union all
    select
        customer_id,
        created_date as happened_on
    from {{ ref("support_tickets") }}
    union all
    select
        customer_id,
        response_date as happened_on
    from {{ ref("surveys") }}
    union all
    select
        customer_id,
        event_date as happened_on
    from {{ ref("customer_days") }}
)

select
    customer_id,
    min(happened_on) as first_date,
    max(happened_on) as last_date
from activity
group by customer_id
