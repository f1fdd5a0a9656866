select distinct
    customer_id,
    event_date,
    feature_used
from {{ ref("engagement_events") }}
where feature_used is not null
