-- mrr_movements carry every movement of customer_months, and nothing else
with moved as (
    select
        month,
        sum(case when movement in ('contraction', 'churn') then -amount else amount end) as net
    from {{ ref("mrr_movements") }}
    group by month
),

changed as (
    select
        month,
        sum(mrr_end - mrr_start) as net
    from {{ ref("customer_months") }}
    group by month
)

select changed.month
from changed
left join moved on changed.month = moved.month
where abs(changed.net - coalesce(moved.net, 0)) > 0.01
