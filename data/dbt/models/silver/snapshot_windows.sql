select
    snapshots.snapshot_date,
    days.day,
    {{ days_between("days.day", "snapshots.snapshot_date") }} as days_ago
from {{ ref("snapshots") }} as snapshots
inner join {{ ref("days") }} as days
    on
        snapshots.snapshot_date >= days.day
        and {{ add_days(-90, "snapshots.snapshot_date") }} < days.day
