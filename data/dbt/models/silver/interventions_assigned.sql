with unique_rows as (
    {{ deduplicated("interventions", "intervention_id") }}
)

select
    intervention_id,
    customer_id,
    strategy,
    arm,
    assignment,
    assigned_at,
    cost,
    propensity,
    case
        when outcome_at is null or outcome_at <= {{ as_of() }} then outcome_retained
    end as retained
from unique_rows
where assigned_at <= {{ as_of() }}
