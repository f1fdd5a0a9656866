with mrr_at_assignment as (
    select
        interventions.intervention_id,
        sum(mrr_spans.mrr) as mrr
    from {{ ref("interventions_assigned") }} as interventions
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
    coalesce(scores.churn_prob_at_assignment, month_end_scores.churn_prob_90d)
        as churn_prob_at_assignment
from {{ ref("interventions_assigned") }} as interventions
left join mrr_at_assignment
    on interventions.intervention_id = mrr_at_assignment.intervention_id
left join {{ source("scores", "scored_interventions") }} as scores
    on interventions.intervention_id = scores.intervention_id
left join {{ ref("health_history") }} as month_end_scores
    on
        interventions.customer_id = month_end_scores.customer_id
        and month_end_scores.month_end = {{ add_days(-1, month_of("interventions.assigned_at")) }}
