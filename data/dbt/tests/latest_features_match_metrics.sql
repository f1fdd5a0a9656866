-- the last snapshot and customer_metrics tell the same of an active client
{% set shared = [
    "mrr", "seats", "tenure_days", "events_30d", "engagement_score", "tickets_open",
    "days_since_last_login", "nps_score", "days_to_renewal",
] %}

select metrics.customer_id
from {{ ref("customer_metrics") }} as metrics
left join {{ ref("ai_model_features") }} as features
    on
        metrics.customer_id = features.customer_id
        and features.snapshot_date = {{ as_of() }}
where
    metrics.status = 'active'
    and (
        features.customer_id is null
        {% for column in shared %}
            or metrics.{{ column }} is distinct from features.{{ column }}
        {% endfor %}
    )
