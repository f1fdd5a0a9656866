-- more time cannot make churn less likely, and the interval holds its probability
select customer_id
from {{ ref("customer_health_scores") }}
where
    churn_prob_30d > churn_prob_60d + 1e-9
    or churn_prob_60d > churn_prob_90d + 1e-9
    or churn_prob_90d_low > churn_prob_90d + 1e-9
    or churn_prob_90d_high < churn_prob_90d - 1e-9
