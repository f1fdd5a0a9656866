with unique_rows as (
    {{ deduplicated("engagement_events", "event_id") }}
)

select
    unique_rows.customer_id,
    unique_rows.event_type,
    unique_rows.feature_used,
    unique_rows.timestamp as happened_at,
    cast(unique_rows.timestamp as date) as event_date
from unique_rows
where cast(unique_rows.timestamp as date) <= {{ as_of() }}
