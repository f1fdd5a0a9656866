with recent as (
    select
        tickets.customer_id,
        windows.snapshot_date,
        sum(case when windows.days_ago < 30 then 1 else 0 end) as tickets_30d,
        count(*) as tickets_90d
    from {{ ref("support_tickets") }} as tickets
    inner join {{ ref("snapshot_windows") }} as windows
        on tickets.created_date = windows.day
    group by tickets.customer_id, windows.snapshot_date
),

created as (
    select
        tickets.customer_id,
        next_snapshots.snapshot_date,
        count(*) as tickets_created
    from {{ ref("support_tickets") }} as tickets
    inner join {{ ref("next_snapshots") }} as next_snapshots
        on tickets.created_date = next_snapshots.day
    group by tickets.customer_id, next_snapshots.snapshot_date
),

resolved as (
    select
        tickets.customer_id,
        next_snapshots.snapshot_date,
        count(*) as tickets_resolved,
        sum(tickets.resolution_hours) as resolution_hours,
        sum(tickets.satisfaction_score) as satisfaction,
        count(tickets.satisfaction_score) as ratings
    from {{ ref("support_tickets") }} as tickets
    inner join {{ ref("next_snapshots") }} as next_snapshots
        on tickets.resolved_date = next_snapshots.day
    group by tickets.customer_id, next_snapshots.snapshot_date
),

to_date as (
    select
        snapshots.customer_id,
        snapshots.snapshot_date,
        sum(created.tickets_created) over history as tickets_created,
        sum(resolved.tickets_resolved) over history as tickets_resolved,
        sum(resolved.resolution_hours) over history as resolution_hours,
        sum(resolved.satisfaction) over history as satisfaction,
        sum(resolved.ratings) over history as ratings
    from {{ ref("customer_snapshots") }} as snapshots
    left join created
        on
            snapshots.customer_id = created.customer_id
            and snapshots.snapshot_date = created.snapshot_date
    left join resolved
        on
            snapshots.customer_id = resolved.customer_id
            and snapshots.snapshot_date = resolved.snapshot_date
    window history as (
        partition by snapshots.customer_id order by snapshots.snapshot_date
        rows between unbounded preceding and current row
    )
),

survey_spells as (
    select
        customer_id,
        nps_score,
        response_date,
        lead(response_date) over (
            partition by customer_id order by response_date, survey_id
        ) as replaced_on
    from {{ ref("surveys") }}
    where nps_score is not null
)

select
    to_date.customer_id,
    to_date.snapshot_date,
    {{ zero_if_present("support_tickets", "recent.tickets_30d") }} as tickets_30d,
    {{ zero_if_present("support_tickets", "recent.tickets_90d") }} as tickets_90d,
    {{
        zero_if_present(
            "support_tickets",
            "coalesce(to_date.tickets_created, 0) - coalesce(to_date.tickets_resolved, 0)"
        )
    }} as tickets_open,
    cast(to_date.resolution_hours / nullif(to_date.tickets_resolved, 0) as double)
        as avg_resolution_hours,
    cast(to_date.satisfaction / nullif(to_date.ratings, 0) as double) as csat_avg,
    survey_spells.nps_score
from to_date
left join recent
    on
        to_date.customer_id = recent.customer_id
        and to_date.snapshot_date = recent.snapshot_date
left join survey_spells
    on
        to_date.customer_id = survey_spells.customer_id
        and to_date.snapshot_date >= survey_spells.response_date
        and (
            survey_spells.replaced_on is null
            or to_date.snapshot_date < survey_spells.replaced_on
        )
