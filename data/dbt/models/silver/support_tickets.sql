with unique_rows as (
    {{ deduplicated("support_tickets", "ticket_id") }}
),

known_today as (
    select
        unique_rows.*,
        cast(unique_rows.created_at as date) as created_date,
        case
            when cast(unique_rows.resolved_at as date) <= {{ as_of() }}
                then cast(unique_rows.resolved_at as date)
        end as resolved_date
    from unique_rows
)

select
    ticket_id,
    customer_id,
    issue_type,
    subject,
    body,
    priority,
    created_date,
    resolved_date,
    case when resolved_date is not null then satisfaction_score end as satisfaction_score,
    case
        when resolved_date is not null
            then greatest({{ dbt.datediff("created_at", "resolved_at", "minute") }} / 60.0, 0)
    end as resolution_hours
from known_today
where created_date <= {{ as_of() }}
