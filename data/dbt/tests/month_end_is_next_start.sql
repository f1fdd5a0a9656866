-- each month's end is the next month's start, for every client
with starts as (
    select
        customer_id,
        {{ add_months(-1, "month") }} as month,
        active_start,
        mrr_start
    from {{ ref("customer_months") }}
)

select
    coalesce(ends.customer_id, starts.customer_id) as customer_id,
    coalesce(ends.month, starts.month) as month
from {{ ref("customer_months") }} as ends
full outer join starts
    on ends.customer_id = starts.customer_id and ends.month = starts.month
where
    coalesce(ends.month, starts.month) < {{ month_of(as_of()) }}
    and (
        coalesce(ends.active_end, false) <> coalesce(starts.active_start, false)
        or abs(coalesce(ends.mrr_end, 0) - coalesce(starts.mrr_start, 0)) > 0.005
    )
