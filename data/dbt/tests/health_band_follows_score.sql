-- healthy from 70, watch from 40; no band without a score
select customer_id
from {{ ref("customer_health_scores") }}
where
    coalesce(health_band, 'none') <> case
        when health_score >= 70 then 'healthy'
        when health_score >= 40 then 'watch'
        when health_score is null then 'none'
        else 'at_risk'
    end
