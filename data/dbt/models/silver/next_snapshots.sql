select
    days.day,
    min(snapshots.snapshot_date) as snapshot_date
from {{ ref("days") }} as days
inner join {{ ref("snapshots") }} as snapshots
    on days.day <= snapshots.snapshot_date
group by days.day
