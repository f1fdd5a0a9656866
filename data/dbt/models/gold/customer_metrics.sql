with spells as (
    select
        customer_id,
        max(end_date) as last_end
    from {{ ref("customer_spans") }}
    group by customer_id
),

payments as (
    select
        customer_id,
        cast(sum(amount) as double) as total_revenue,
        cast(avg(amount) as double) as avg_transaction_value,
        max(transaction_date) as last_date
    from {{ ref("transactions") }}
    where is_revenue
    group by customer_id
)

select
    customers.customer_id,
    customers.name,
    customers.segment,
    customers.region,
    customers.country,
    customers.industry,
    customers.plan,
    customers.account_manager,
    customers.contract_type,
    customers.contract_end_date,
    {{ days_between(as_of(), "customers.contract_end_date") }} as days_to_renewal,
    customers.signup_date,
    states.tenure_days,
    case when states.is_active then 'active' else 'churned' end as status,
    case
        when not states.is_active then coalesce(spells.last_end, customers.churned_at)
    end as churned_at,
    states.mrr,
    12 * states.mrr as arr,
    states.seats,
    states.mrr_90d_ago,
    states.mrr_change_90d,
    states.revenue_decline_90d,
    states.revenue_90d,
    states.failed_payments_90d,
    {{ zero_if_present("transactions", "payments.total_revenue", "double") }} as total_revenue,
    payments.avg_transaction_value,
    {{ days_between("payments.last_date", as_of()) }} as days_since_last_purchase,
    states.days_since_last_login,
    states.events_30d,
    states.events_prev_30d,
    states.avg_events_30d,
    states.event_change_30d,
    states.engagement_score,
    states.active_days_30d,
    states.features_used_30d,
    states.tickets_open,
    states.tickets_30d,
    states.tickets_90d,
    states.avg_resolution_hours,
    states.csat_avg,
    states.nps_score,
    customers.consent_ai,
    customers.consent_contact
from {{ ref("customers") }} as customers
inner join {{ ref("customer_states") }} as states
    on
        customers.customer_id = states.customer_id
        and states.snapshot_date = {{ as_of() }}
left join spells on customers.customer_id = spells.customer_id
left join payments on customers.customer_id = payments.customer_id
