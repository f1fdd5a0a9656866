with mrr_today as (
    select
        snapshots.customer_id,
        snapshots.snapshot_date,
        sum(mrr_spans.mrr) as mrr,
        max(mrr_spans.seats) as seats
    from {{ ref("customer_snapshots") }} as snapshots
    inner join {{ ref("mrr_spans") }} as mrr_spans
        on
            snapshots.customer_id = mrr_spans.customer_id
            and snapshots.snapshot_date >= mrr_spans.start_date
            and (mrr_spans.end_date is null or snapshots.snapshot_date < mrr_spans.end_date)
    group by snapshots.customer_id, snapshots.snapshot_date
),

mrr_before as (
    select
        snapshots.customer_id,
        snapshots.snapshot_date,
        sum(mrr_spans.mrr) as mrr
    from {{ ref("customer_snapshots") }} as snapshots
    inner join {{ ref("mrr_spans") }} as mrr_spans
        on
            snapshots.customer_id = mrr_spans.customer_id
            and {{ add_days(-90, "snapshots.snapshot_date") }} >= mrr_spans.start_date
            and (
                mrr_spans.end_date is null
                or {{ add_days(-90, "snapshots.snapshot_date") }} < mrr_spans.end_date
            )
    group by snapshots.customer_id, snapshots.snapshot_date
),

recent_payments as (
    select
        transactions.customer_id,
        windows.snapshot_date,
        sum(case when transactions.is_revenue then transactions.amount else 0 end) as revenue_90d,
        sum(case when transactions.is_failed then 1 else 0 end) as failed_payments_90d
    from {{ ref("transactions") }} as transactions
    inner join {{ ref("snapshot_windows") }} as windows
        on transactions.transaction_date = windows.day
    group by transactions.customer_id, windows.snapshot_date
),

earlier_payments as (
    select
        snapshots.customer_id,
        snapshots.snapshot_date,
        sum(transactions.amount) as revenue_prev_90d
    from {{ ref("customer_snapshots") }} as snapshots
    inner join {{ ref("transactions") }} as transactions
        on
            snapshots.customer_id = transactions.customer_id
            and transactions.transaction_date <= {{ add_days(-90, "snapshots.snapshot_date") }}
            and transactions.transaction_date > {{ add_days(-180, "snapshots.snapshot_date") }}
    where transactions.is_revenue
    group by snapshots.customer_id, snapshots.snapshot_date
),

joined as (
    select
        snapshots.customer_id,
        snapshots.snapshot_date,
        mrr_today.seats,
        {{ mrr_or_null("mrr_today.mrr") }} as mrr,
        {% if var("is_picture") %}
            cast(null as double) as mrr_90d_ago,
        {% else %}
            case
                when snapshots.signup_date <= {{ add_days(-90, "snapshots.snapshot_date") }}
                    then {{ mrr_or_null("mrr_before.mrr") }}
            end as mrr_90d_ago,
        {% endif %}
        {{ zero_if_present("transactions", "recent_payments.revenue_90d", "double") }}
            as revenue_90d,
        cast(earlier_payments.revenue_prev_90d as double) as revenue_prev_90d,
        {{ zero_if_present("transactions", "recent_payments.failed_payments_90d") }}
            as failed_payments_90d
    from {{ ref("customer_snapshots") }} as snapshots
    left join mrr_today
        on
            snapshots.customer_id = mrr_today.customer_id
            and snapshots.snapshot_date = mrr_today.snapshot_date
    left join mrr_before
        on
            snapshots.customer_id = mrr_before.customer_id
            and snapshots.snapshot_date = mrr_before.snapshot_date
    left join recent_payments
        on
            snapshots.customer_id = recent_payments.customer_id
            and snapshots.snapshot_date = recent_payments.snapshot_date
    left join earlier_payments
        on
            snapshots.customer_id = earlier_payments.customer_id
            and snapshots.snapshot_date = earlier_payments.snapshot_date
)

select
    customer_id,
    snapshot_date,
    seats,
    mrr,
    mrr_90d_ago,
    mrr / nullif(mrr_90d_ago, 0) - 1 as mrr_change_90d,
    revenue_90d,
    failed_payments_90d,
    {% if var("mrr_known") %}
        case when mrr_90d_ago > 0 then greatest(1 - mrr / mrr_90d_ago, 0) end
            as revenue_decline_90d
    {% else %}
        case
            when revenue_prev_90d > 0
                then least(greatest(1 - revenue_90d / revenue_prev_90d, 0), 1)
        end as revenue_decline_90d
    {% endif %}
from joined
