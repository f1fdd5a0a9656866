with recent as (
    select
        customer_days.customer_id,
        windows.snapshot_date,
        sum(case when windows.days_ago < 30 then customer_days.events else 0 end) as events_30d,
        sum(
            case when windows.days_ago between 30 and 59 then customer_days.events else 0 end
        ) as events_prev_30d,
        sum(customer_days.events) as events_90d,
        sum(case when windows.days_ago < 30 then 1 else 0 end) as active_days_30d
    from {{ ref("customer_days") }} as customer_days
    inner join {{ ref("snapshot_windows") }} as windows
        on customer_days.event_date = windows.day
    group by customer_days.customer_id, windows.snapshot_date
),

features as (
    select
        feature_days.customer_id,
        windows.snapshot_date,
        count(distinct feature_days.feature_used) as features_used_30d
    from {{ ref("customer_feature_days") }} as feature_days
    inner join {{ ref("snapshot_windows") }} as windows
        on feature_days.event_date = windows.day
    where windows.days_ago < 30
    group by feature_days.customer_id, windows.snapshot_date
),

between_snapshots as (
    select
        customer_days.customer_id,
        next_snapshots.snapshot_date,
        sum(customer_days.events) as events,
        min(customer_days.event_date) as first_event,
        max(customer_days.event_date) as last_event
    from {{ ref("customer_days") }} as customer_days
    inner join {{ ref("next_snapshots") }} as next_snapshots
        on customer_days.event_date = next_snapshots.day
    group by customer_days.customer_id, next_snapshots.snapshot_date
),

to_date as (
    select
        snapshots.customer_id,
        snapshots.snapshot_date,
        snapshots.signup_date,
        sum(between_snapshots.events) over history as events_to_date,
        min(between_snapshots.first_event) over history as first_event,
        max(between_snapshots.last_event) over history as last_event
    from {{ ref("customer_snapshots") }} as snapshots
    left join between_snapshots
        on
            snapshots.customer_id = between_snapshots.customer_id
            and snapshots.snapshot_date = between_snapshots.snapshot_date
    window history as (
        partition by snapshots.customer_id order by snapshots.snapshot_date
        rows between unbounded preceding and current row
    )
),

source as (
    select min(event_date) as first_event
    from {{ ref("customer_days") }}
),

observed as (
    select
        to_date.*,
        {{
            days_between(
                "least(greatest(to_date.signup_date, source.first_event), to_date.first_event)",
                "to_date.snapshot_date"
            )
        }} + 1 as observed_days
    from to_date
    cross join source
)

select
    observed.customer_id,
    observed.snapshot_date,
    {{ zero_if_present("engagement_events", "recent.events_30d") }} as events_30d,
    {{ zero_if_present("engagement_events", "recent.events_prev_30d") }} as events_prev_30d,
    {{ zero_if_present("engagement_events", "recent.events_90d") }} as events_90d,
    {{ zero_if_present("engagement_events", "recent.active_days_30d") }} as active_days_30d,
    {{ zero_if_present("engagement_events", "features.features_used_30d") }} as features_used_30d,
    {{
        zero_if_present(
            "engagement_events",
            "30.0 * observed.events_to_date / greatest(observed.observed_days, 30)",
            "double"
        )
    }} as avg_events_30d,
    {{ days_between("observed.last_event", "observed.snapshot_date") }} as days_since_last_login
from observed
left join recent
    on
        observed.customer_id = recent.customer_id
        and observed.snapshot_date = recent.snapshot_date
left join features
    on
        observed.customer_id = features.customer_id
        and observed.snapshot_date = features.snapshot_date
