{% set paid = "('succeeded', 'success', 'successful', 'paid', 'completed', 'settled', 'ok')" %}
{% set failed = "('failed', 'failure', 'declined', 'error', 'rejected', 'chargeback')" %}

with unique_rows as (
    {{ deduplicated("transactions", "transaction_id") }}
)

select
    unique_rows.transaction_id,
    unique_rows.customer_id,
    unique_rows.transaction_date,
    cast(unique_rows.amount * {{ exchange_rate() }} as decimal(18, 2)) as amount,
    coalesce(lower(unique_rows.status), 'succeeded') in {{ paid }} as is_revenue,
    coalesce(lower(unique_rows.status), 'succeeded') in {{ failed }} as is_failed
from unique_rows
{{ join_rates("unique_rows") }}
where unique_rows.transaction_date <= {{ as_of() }}
