with subscribed as (
    select
        subscriptions.customer_id,
        subscriptions.product,
        subscriptions.seats,
        subscriptions.mrr,
        greatest(subscriptions.start_date, spans.start_date) as start_date,
        least(subscriptions.end_date, spans.end_date) as end_date
    from {{ ref("subscriptions") }} as subscriptions
    inner join {{ ref("customer_spans") }} as spans
        on subscriptions.customer_id = spans.customer_id
),

subscribers as (
    select distinct customer_id
    from {{ ref("subscriptions") }}
),

unsubscribed as (
    select
        customers.customer_id,
        cast(null as varchar) as product,
        cast(null as bigint) as seats,
        customers.mrr,
        spans.start_date,
        spans.end_date
    from {{ ref("customers") }} as customers
    inner join {{ ref("customer_spans") }} as spans
        on customers.customer_id = spans.customer_id
    left join subscribers
        on customers.customer_id = subscribers.customer_id
    where subscribers.customer_id is null and customers.mrr is not null
)

select *
from subscribed
where end_date is null or end_date > start_date
union all
select * from unsubscribed
