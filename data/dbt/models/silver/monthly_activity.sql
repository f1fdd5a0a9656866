{# What happened with a client, one row a kind of thing and month; customer_months adds it up. #}

{% set columns = [
    "revenue", "events", "tickets_opened", "tickets_resolved", "resolution_hours",
    "promoter", "detractor", "response",
] %}
{% set kinds = [
    (
        ref("transactions"), "transaction_date", "is_revenue",
        {"revenue": "sum(amount)"},
    ),
    (ref("customer_days"), "event_date", "true", {"events": "sum(events)"}),
    (ref("support_tickets"), "created_date", "true", {"tickets_opened": "count(*)"}),
    (
        ref("support_tickets"), "resolved_date", "resolved_date is not null",
        {"tickets_resolved": "count(*)", "resolution_hours": "sum(resolution_hours)"},
    ),
    (
        ref("surveys"), "response_date", "nps_score is not null",
        {
            "promoter": "sum(case when nps_score >= 9 then 1 else 0 end)",
            "detractor": "sum(case when nps_score <= 6 then 1 else 0 end)",
            "response": "count(*)",
        },
    ),
] %}

{% for relation, dated_by, condition, sums in kinds %}
    select
        customer_id,
        {% for column in columns %}
            cast({{ sums.get(column, "0") }} as double) as {{ column }},
        {% endfor %}
        {{ month_of(dated_by) }} as month
    from {{ relation }}
    where {{ condition }}
    group by customer_id, {{ month_of(dated_by) }}
    {{ "union all" if not loop.last }}
{% endfor %}
