select
    scores.customer_id,
    {{ as_of() }} as as_of,
    scores.health_score,
    scores.health_band,
    scores.churn_prob_30d,
    scores.churn_prob_60d,
    scores.churn_prob_90d,
    scores.churn_prob_90d_low,
    scores.churn_prob_90d_high,
    scores.churn_risk,
    scores.rule_score,
    scores.rule_risk,
    scores.rules_fired,
    scores.churn_prob_90d * metrics.arr as arr_at_risk,
    {# Chosen from gold itself, and filled in before the file is published. #}
    cast(null as varchar) as next_best_action,
    scores.model_version
from {{ source("scores", "scored_health") }} as scores
inner join {{ ref("customer_metrics") }} as metrics
    on scores.customer_id = metrics.customer_id
where metrics.status = 'active'
