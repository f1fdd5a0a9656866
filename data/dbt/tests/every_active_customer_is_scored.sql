-- one score a client who is active, none for one who is not
select metrics.customer_id
from {{ ref("customer_metrics") }} as metrics
full outer join {{ ref("customer_health_scores") }} as scores
    on metrics.customer_id = scores.customer_id
where
    (metrics.status = 'active' and scores.customer_id is null)
    or metrics.customer_id is null
