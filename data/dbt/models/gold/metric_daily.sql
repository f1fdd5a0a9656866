{% set first_day = "cast('" ~ var("series_from") ~ "' as date)" %}

with segments as (
    select distinct segment from {{ ref("customers") }}
),

changes as (
    select
        days.day as date,
        segments.segment,
        cast(0 as decimal(18, 2)) as mrr_change,
        0 as customer_change,
        cast(0 as decimal(18, 2)) as revenue,
        0 as events,
        0 as tickets
    from {{ ref("days") }} as days
    cross join segments
    {% for relation, dated_by, condition, mrr, customer, revenue, events, tickets in [
        (ref("mrr_spans"), "start_date", "true", "facts.mrr", 0, 0, 0, 0),
        (ref("mrr_spans"), "end_date", "facts.end_date is not null", "-facts.mrr", 0, 0, 0, 0),
        (ref("customer_spans"), "start_date", "true", 0, 1, 0, 0, 0),
        (ref("customer_spans"), "end_date", "facts.end_date is not null", 0, -1, 0, 0, 0),
        (ref("transactions"), "transaction_date", "facts.is_revenue", 0, 0, "facts.amount", 0, 0),
        (ref("customer_days"), "event_date", "true", 0, 0, 0, "facts.events", 0),
        (ref("support_tickets"), "created_date", "true", 0, 0, 0, 0, 1),
    ] %}
        union all
        select
            greatest(facts.{{ dated_by }}, {{ first_day }}) as date,
            customers.segment,
            cast({{ mrr }} as decimal(18, 2)) as mrr_change,
            {{ customer }} as customer_change,
            cast({{ revenue }} as decimal(18, 2)) as revenue,
            {{ events }} as events,
            {{ tickets }} as tickets
        from {{ relation }} as facts
        inner join {{ ref("customers") }} as customers
            on facts.customer_id = customers.customer_id
        where {{ condition }}
    {% endfor %}
),

daily as (
    select
        date,
        segment,
        sum(mrr_change) as mrr_change,
        sum(customer_change) as customer_change,
        sum(revenue) as revenue,
        sum(events) as events,
        sum(tickets) as tickets
    from changes
    where date <= {{ as_of() }}
    group by date, segment
)

select
    date,
    segment,
    {{ mrr_or_null("sum(mrr_change) over running") }} as mrr,
    {{ zero_if_present("transactions", "revenue", "double") }} as revenue,
    cast(sum(customer_change) over running as bigint) as active_customers,
    {{ zero_if_present("engagement_events", "events") }} as events,
    {{ zero_if_present("support_tickets", "tickets") }} as tickets
from daily
window running as (
    partition by segment order by date rows between unbounded preceding and current row
)
