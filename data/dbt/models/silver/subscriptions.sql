with unique_rows as (
    {{ deduplicated("subscriptions", "subscription_id") }}
)

select
    unique_rows.subscription_id,
    unique_rows.customer_id,
    unique_rows.product,
    unique_rows.plan,
    cast(unique_rows.mrr * {{ exchange_rate() }} as decimal(18, 2)) as mrr,
    unique_rows.seats,
    unique_rows.start_date,
    unique_rows.end_date,
    unique_rows.billing_period
from unique_rows
{{ join_rates("unique_rows") }}
where unique_rows.start_date <= {{ as_of() }}
