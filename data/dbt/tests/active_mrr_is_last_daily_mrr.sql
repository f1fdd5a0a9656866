-- sum(customer_metrics.mrr where active) = the last day's MRR = the last month's closing MRR
with today as (
    select
        sum(mrr) as mrr,
        count(*) as customers
    from {{ ref("customer_metrics") }}
    where status = 'active'
),

last_day as (
    select
        sum(mrr) as mrr,
        sum(active_customers) as customers
    from {{ ref("metric_daily") }}
    where date = {{ as_of() }}
),

last_month as (
    select
        sum(mrr_end) as mrr,
        sum(customers_end) as customers
    from {{ ref("dashboard_kpis") }}
    where month = {{ month_of(as_of()) }}
)

select
    today.mrr,
    last_day.mrr as daily_mrr,
    last_month.mrr as monthly_mrr
from today
cross join last_day
cross join last_month
where
    abs(today.mrr - last_day.mrr) > 0.01
    or abs(today.mrr - last_month.mrr) > 0.01
    or today.customers <> coalesce(last_day.customers, 0)
    or today.customers <> coalesce(last_month.customers, 0)
