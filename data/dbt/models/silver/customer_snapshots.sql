select
    starts.customer_id,
    snapshots.snapshot_date,
    starts.start_date as signup_date,
    spans.customer_id is not null as is_active,
    spans.end_date as churns_on
from {{ ref("customer_starts") }} as starts
cross join {{ ref("snapshots") }} as snapshots
left join {{ ref("customer_spans") }} as spans
    on
        starts.customer_id = spans.customer_id
        and snapshots.snapshot_date >= spans.start_date
        and (spans.end_date is null or snapshots.snapshot_date < spans.end_date)
