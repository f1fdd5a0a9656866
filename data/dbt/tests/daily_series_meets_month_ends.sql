-- the daily series passes through every closing figure of the months it covers
with days as (
    select
        months.month,
        sum(daily.mrr) as mrr,
        sum(daily.active_customers) as customers
    from {{ ref("months") }} as months
    inner join {{ ref("metric_daily") }} as daily on months.last_day = daily.date
    group by months.month
),

closings as (
    select
        month,
        sum(mrr_end) as mrr,
        sum(customers_end) as customers
    from {{ ref("dashboard_kpis") }}
    group by month
)

select days.*
from days
left join closings on days.month = closings.month
where
    days.customers <> coalesce(closings.customers, 0)
    or abs(days.mrr - coalesce(closings.mrr, 0)) > 0.01
