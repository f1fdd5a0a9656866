with unique_rows as (
    {{ deduplicated("surveys", "survey_id") }}
)

select
    survey_id,
    customer_id,
    response_date,
    nps_score,
    comments
from unique_rows
where response_date <= {{ as_of() }}
