with cohorts as (
    select
        customer_id,
        {{ month_of("start_date") }} as cohort_month
    from {{ ref("customer_spans") }}
    where span_number = 1
),

sizes as (
    select
        cohorts.cohort_month,
        count(*) as customers,
        sum(customer_months.mrr_end) as mrr_start
    from cohorts
    left join {{ ref("customer_months") }} as customer_months
        on
            cohorts.customer_id = customer_months.customer_id
            and cohorts.cohort_month = customer_months.month
    group by cohorts.cohort_month
),

kept as (
    select
        cohorts.cohort_month,
        customer_months.month,
        {{ whole("case when customer_months.active_end then 1 else 0 end") }} as retained,
        sum(customer_months.mrr_end) as mrr_retained
    from cohorts
    inner join {{ ref("customer_months") }} as customer_months
        on cohorts.customer_id = customer_months.customer_id
    group by cohorts.cohort_month, customer_months.month
)

select
    sizes.cohort_month,
    {{ months_between("sizes.cohort_month", "months.month") }} as months_since,
    sizes.customers,
    coalesce(kept.retained, 0) as retained,
    sizes.mrr_start,
    {{ mrr_or_null("kept.mrr_retained") }} as mrr_retained
from sizes
inner join {{ ref("months") }} as months
    on sizes.cohort_month <= months.month
left join kept
    on sizes.cohort_month = kept.cohort_month and months.month = kept.month
where months.is_complete
