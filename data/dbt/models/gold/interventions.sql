{# What the source recorded, and what was logged here: `assigned_at` of the latter plus 90 days is
   the day on which its outcome can be read. #}

with logged as (
    select
        logged.intervention_id,
        logged.customer_id,
        logged.strategy,
        logged.arm,
        logged.assignment,
        logged.assigned_at,
        logged.cost,
        logged.propensity,
        case
            when {{ add_days(90, "logged.assigned_at") }} <= {{ as_of() }}
                then spans.customer_id is not null
        end as retained
    from {{ source("scores", "scored_interventions") }} as logged
    inner join {{ ref("customers") }} as customers
        on logged.customer_id = customers.customer_id
    left join {{ ref("customer_spans") }} as spans
        on
            logged.customer_id = spans.customer_id
            and {{ add_days(90, "logged.assigned_at") }} >= spans.start_date
            and (
                spans.end_date is null
                or {{ add_days(90, "logged.assigned_at") }} < spans.end_date
            )
    where logged.assigned_at <= {{ as_of() }}
),

interventions as (
    select
        intervention_id,
        customer_id,
        strategy,
        arm,
        assignment,
        assigned_at,
        cost,
        propensity,
        retained
    from {{ ref("interventions_assigned") }}
    union all
    select
        intervention_id,
        customer_id,
        strategy,
        arm,
        assignment,
        assigned_at,
        cost,
        propensity,
        retained
    from logged
),

mrr_at_assignment as (
    select
        interventions.intervention_id,
        sum(mrr_spans.mrr) as mrr
    from interventions
    inner join {{ ref("mrr_spans") }} as mrr_spans
        on
            interventions.customer_id = mrr_spans.customer_id
            and interventions.assigned_at >= mrr_spans.start_date
            and (mrr_spans.end_date is null or interventions.assigned_at < mrr_spans.end_date)
    group by interventions.intervention_id
)

select
    interventions.intervention_id,
    interventions.customer_id,
    interventions.strategy,
    interventions.arm,
    interventions.assignment,
    interventions.propensity,
    interventions.assigned_at,
    interventions.cost,
    interventions.retained,
    {{ mrr_or_null("12 * mrr_at_assignment.mrr") }} as arr_at_assignment,
    month_end_scores.churn_prob_90d as churn_prob_at_assignment
from interventions
left join mrr_at_assignment
    on interventions.intervention_id = mrr_at_assignment.intervention_id
left join {{ ref("health_history") }} as month_end_scores
    on
        interventions.customer_id = month_end_scores.customer_id
        and month_end_scores.month_end = {{ add_days(-1, month_of("interventions.assigned_at")) }}
