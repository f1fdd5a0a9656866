{% set monday = "cast('1900-01-01' as date)" %}

select
    cast({{ days_between(monday, "events.event_date") }} % 7 + 1 as integer) as weekday,
    cast(extract(hour from events.happened_at) as integer) as hour,
    customers.segment,
    count(*) as events
from {{ ref("engagement_events") }} as events
inner join {{ ref("customers") }} as customers
    on events.customer_id = customers.customer_id
where events.event_date > {{ add_days(-90, as_of()) }}
group by 1, 2, 3
