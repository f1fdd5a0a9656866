select
    scores.customer_id,
    scores.month_end,
    scores.health_score,
    scores.churn_prob_90d,
    scores.churn_risk
from {{ source("scores", "scored_history") }} as scores
inner join {{ ref("customers") }} as customers
    on scores.customer_id = customers.customer_id
