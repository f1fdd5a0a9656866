{# Everything known of a client on a snapshot date, active or not. #}

{% set activity = "least(coalesce(usage.events_30d / nullif(usage.avg_events_30d, 0), 0), "
    ~ var("activity_cap") ~ ") / " ~ var("activity_cap") %}
{% set frequency = "least(usage.active_days_30d / cast(" ~ var("frequency_days")
    ~ " as double), 1)" %}
{% set breadth = "least(usage.features_used_30d / cast(" ~ var("breadth_features")
    ~ " as double), 1)" %}

select
    snapshots.customer_id,
    snapshots.snapshot_date,
    snapshots.is_active,
    snapshots.churns_on,
    customers.segment,
    customers.region,
    customers.country,
    customers.industry,
    customers.plan,
    customers.contract_type,
    {{ days_between("snapshots.signup_date", "snapshots.snapshot_date") }} as tenure_days,
    billing.mrr,
    coalesce(billing.seats, customers.seats) as seats,
    billing.mrr_90d_ago,
    billing.mrr_change_90d,
    billing.revenue_90d,
    billing.revenue_decline_90d,
    billing.failed_payments_90d,
    usage.days_since_last_login,
    usage.events_30d,
    usage.events_prev_30d,
    usage.events_90d,
    usage.avg_events_30d,
    usage.events_30d / nullif(usage.avg_events_30d, 0) as event_change_30d,
    usage.active_days_30d,
    usage.features_used_30d,
    case
        when usage.events_30d is not null
            then
                100 * (
                    {{ var("activity_weight") }} * {{ activity }}
                    + {{ var("frequency_weight") }} * {{ frequency }}
                    + {{ var("breadth_weight") }} * {{ breadth }}
                )
    end as engagement_score,
    support.tickets_30d,
    support.tickets_90d,
    support.tickets_open,
    support.avg_resolution_hours,
    support.csat_avg,
    support.nps_score,
    contracts.contract_end_date,
    {{ days_between("snapshots.snapshot_date", "contracts.contract_end_date") }} as days_to_renewal
from {{ ref("customer_snapshots") }} as snapshots
inner join {{ ref("customers") }} as customers
    on snapshots.customer_id = customers.customer_id
inner join {{ ref("snapshot_billing") }} as billing
    on
        snapshots.customer_id = billing.customer_id
        and snapshots.snapshot_date = billing.snapshot_date
inner join {{ ref("snapshot_usage") }} as usage
    on
        snapshots.customer_id = usage.customer_id
        and snapshots.snapshot_date = usage.snapshot_date
inner join {{ ref("snapshot_support") }} as support
    on
        snapshots.customer_id = support.customer_id
        and snapshots.snapshot_date = support.snapshot_date
left join {{ ref("snapshot_contracts") }} as contracts
    on
        snapshots.customer_id = contracts.customer_id
        and snapshots.snapshot_date = contracts.snapshot_date
