with ranked as (
    select
        *,
        row_number() over (partition by customer_id order by _load desc, _row desc) as recency
    from {{ source("bronze", "customers") }}
)

select
    ranked.customer_id,
    coalesce(ranked.name, ranked.customer_id) as name,
    ranked.segment,
    ranked.region,
    ranked.country,
    ranked.industry,
    coalesce(ranked.plan, ranked.subscription_type) as plan,
    ranked.account_manager,
    ranked.contract_type,
    ranked.contract_end_date,
    ranked.account_creation_date as signup_date,
    ranked.status,
    ranked.seats,
    cast(ranked.mrr as decimal(18, 2)) as mrr,
    ranked.contact_name,
    ranked.email,
    ranked.phone,
    case when ranked.churned_at <= {{ as_of() }} then ranked.churned_at end as churned_at,
    coalesce(ranked.consent_ai, false) as consent_ai,
    coalesce(ranked.consent_contact, false) as consent_contact{{ attributes("ranked") }}
from ranked
where
    ranked.recency = 1
    and (ranked.account_creation_date is null or ranked.account_creation_date <= {{ as_of() }})
