select
    customer_id,
    event_date,
    count(*) as events
from {{ ref("engagement_events") }}
group by customer_id, event_date
