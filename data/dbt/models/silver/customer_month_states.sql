{# Each client at both ends of each month. #}

{% set history %}
    partition by grid.customer_id order by grid.month
{% endset %}

with grid as (
    select
        customers.customer_id,
        months.month,
        months.last_day
    from {{ ref("customers") }} as customers
    cross join {{ ref("months") }} as months
),

span_changes as (
    select
        customer_id,
        month,
        sum(is_new) as customers_new,
        sum(is_reactivated) as customers_reactivated,
        sum(is_churned) as customers_churned
    from (
        select
            customer_id,
            {{ month_of("start_date") }} as month,
            case when span_number = 1 then 1 else 0 end as is_new,
            case when span_number > 1 then 1 else 0 end as is_reactivated,
            0 as is_churned
        from {{ ref("customer_spans") }}
        union all
        select
            customer_id,
            {{ month_of("end_date") }} as month,
            0 as is_new,
            0 as is_reactivated,
            1 as is_churned
        from {{ ref("customer_spans") }}
        where end_date is not null
    ) as changes
    group by customer_id, month
),

active_months as (
    select distinct
        grid.customer_id,
        grid.month
    from grid
    inner join {{ ref("customer_spans") }} as spans
        on
            grid.customer_id = spans.customer_id
            and grid.last_day >= spans.start_date
            and (spans.end_date is null or grid.last_day < spans.end_date)
),

mrr_months as (
    select
        grid.customer_id,
        grid.month,
        sum(mrr_spans.mrr) as mrr
    from grid
    inner join {{ ref("mrr_spans") }} as mrr_spans
        on
            grid.customer_id = mrr_spans.customer_id
            and grid.last_day >= mrr_spans.start_date
            and (mrr_spans.end_date is null or grid.last_day < mrr_spans.end_date)
    group by grid.customer_id, grid.month
)

select
    grid.customer_id,
    grid.month,
    coalesce(active_months.customer_id is not null, false) as active_end,
    coalesce(mrr_months.mrr, 0) as mrr_end,
    coalesce(
        lag(active_months.customer_id is not null) over ({{ history }}), false
    ) as active_start,
    coalesce(lag(mrr_months.mrr) over ({{ history }}), 0) as mrr_start,
    coalesce(
        max(mrr_months.mrr) over (
            {{ history }} rows between unbounded preceding and 1 preceding
        ),
        0
    ) as highest_mrr_before,
    coalesce(span_changes.customers_new, 0) as customers_new,
    coalesce(span_changes.customers_reactivated, 0) as customers_reactivated,
    coalesce(span_changes.customers_churned, 0) as customers_churned
from grid
left join active_months
    on grid.customer_id = active_months.customer_id and grid.month = active_months.month
left join mrr_months
    on grid.customer_id = mrr_months.customer_id and grid.month = mrr_months.month
left join span_changes
    on grid.customer_id = span_changes.customer_id and grid.month = span_changes.month
