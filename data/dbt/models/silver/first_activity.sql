{# The first and last sign of life of a client, for sources that do not date their customers. A
   subscription lives until the day before it ends; an open one says when it began and no more. #}

with activity as (
    select
        customer_id,
        start_date as happened_on,
        false as is_last_sign
    from {{ ref("subscriptions") }}
    union all
    select
        customer_id,
        greatest(start_date, {{ add_days(-1, "end_date") }}) as happened_on,
        true as is_last_sign
    from {{ ref("subscriptions") }}
    where end_date <= {{ as_of() }}
    union all
    select
        customer_id,
        transaction_date as happened_on,
        true as is_last_sign
    from {{ ref("transactions") }}
    union all
    select
        customer_id,
        created_date as happened_on,
        true as is_last_sign
    from {{ ref("support_tickets") }}
    union all
    select
        customer_id,
        response_date as happened_on,
        true as is_last_sign
    from {{ ref("surveys") }}
    union all
    select
        customer_id,
        event_date as happened_on,
        true as is_last_sign
    from {{ ref("customer_days") }}
)

select
    customer_id,
    min(happened_on) as first_date,
    max(case when is_last_sign then happened_on end) as last_date
from activity
group by customer_id
