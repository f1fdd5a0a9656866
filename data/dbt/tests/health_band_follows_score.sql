-- healthy from 70, watch from 40
select customer_id
from {{ ref("customer_health_scores") }}
where
    health_band <> case
        when health_score >= 70 then 'healthy'
        when health_score >= 40 then 'watch'
        else 'at_risk'
    end
