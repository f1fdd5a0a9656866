-- dashboard_kpis is the aggregate of customer_months, month by month
with kpis as (
    select
        month,
        sum(customers_end) as customers_end,
        sum(mrr_end) as mrr_end,
        sum(mrr_churned) as mrr_churned,
        sum(revenue) as revenue,
        sum(tickets_opened) as tickets_opened
    from {{ ref("dashboard_kpis") }}
    group by month
),

clients as (
    select
        month,
        sum(cast(active_end as integer)) as customers_end,
        sum(mrr_end) as mrr_end,
        sum(mrr_churned) as mrr_churned,
        sum(revenue) as revenue,
        sum(tickets_opened) as tickets_opened
    from {{ ref("customer_months") }}
    group by month
)

select coalesce(kpis.month, clients.month) as month
from kpis
full outer join clients on kpis.month = clients.month
where
    kpis.month is null
    or clients.month is null
    or kpis.customers_end <> clients.customers_end
    or abs(kpis.mrr_end - clients.mrr_end) > 0.01
    or abs(kpis.mrr_churned - clients.mrr_churned) > 0.01
    or abs(kpis.revenue - clients.revenue) > 0.01
    or kpis.tickets_opened <> clients.tickets_opened
