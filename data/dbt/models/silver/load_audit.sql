{# Where every record that was read went: kept, merged, repeated, rejected, or dated after the last
   day. #}

{% set entities = [
    ("subscriptions", "subscriptions", "subscription_id", "start_date"),
    ("transactions", "transactions", "transaction_id", "transaction_date"),
    (
        "engagement_events", "engagement_events", "event_id",
        "cast(timestamp as date)",
    ),
    ("support_tickets", "support_tickets", "ticket_id", "cast(created_at as date)"),
    ("surveys", "surveys", "survey_id", "response_date"),
    ("interventions", "interventions_assigned", "intervention_id", "assigned_at"),
] %}

with loaded as (
    select
        entity,
        sum(rows_read) as rows_read,
        sum(rejected) as unreadable,
        sum(coalesce(merged, 0)) as merged
    from {{ source("bronze", "loads") }}
    group by entity
),

kept as (
    select
        'customers' as entity,
        count(*) as kept
    from {{ ref("customers") }}
    {% for entity, model, _, _ in entities %}
        union all
        select
            '{{ entity }}' as entity,
            count(*) as kept
        from {{ ref(model) }}
    {% endfor %}
),

raw_rows as (
    select
        'customers' as entity,
        0 as orphans,
        count(*) - count(distinct customer_id) as duplicates,
        count(
            distinct case when account_creation_date > {{ as_of() }} then customer_id end
        ) as after_as_of
    from {{ source("bronze", "customers") }}
    {% for entity, _, key, dated_by in entities %}
        union all
        select
            '{{ entity }}' as entity,
            sum(case when customers.customer_id is null then 1 else 0 end) as orphans,
            count(customers.customer_id)
            - count(
                distinct case when customers.customer_id is not null then raw_rows.{{ key }} end
            ) as duplicates,
            count(
                distinct case
                    when customers.customer_id is not null and {{ dated_by }} > {{ as_of() }}
                        then raw_rows.{{ key }}
                end
            ) as after_as_of
        from {{ source("bronze", entity) }} as raw_rows
        left join {{ ref("customers") }} as customers
            on raw_rows.customer_id = customers.customer_id
    {% endfor %}
)

select
    kept.entity,
    cast(coalesce(loaded.rows_read, 0) as bigint) as rows_read,
    cast(kept.kept as bigint) as accepted,
    cast(coalesce(loaded.unreadable, 0) + coalesce(raw_rows.orphans, 0) as bigint) as rejected,
    cast(coalesce(raw_rows.duplicates, 0) as bigint) as duplicates,
    cast(coalesce(loaded.merged, 0) as bigint) as merged,
    cast(coalesce(raw_rows.after_as_of, 0) as bigint) as after_as_of
from kept
inner join raw_rows on kept.entity = raw_rows.entity
left join loaded on kept.entity = loaded.entity
