-- mrr_start + new + expansion + reactivation - contraction - churned = mrr_end
select *
from {{ ref("customer_months") }}
where
    abs(
        mrr_start + mrr_new + mrr_expansion + mrr_reactivation - mrr_contraction - mrr_churned
        - mrr_end
    ) > 0.005
