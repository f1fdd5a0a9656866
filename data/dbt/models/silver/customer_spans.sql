{% set rule = var("churn_rule") %}

with spans as (
    {% if rule == "churned_at" %} {{ spans_by_churn_date() }}
    {% elif rule == "status" %} {{ spans_by_status() }}
    {% elif rule == "subscriptions" %} {{ spans_by_subscriptions() }}
    {% else %} {{ spans_by_transactions() }}
    {% endif %}
),

known_today as (
    select
        customer_id,
        start_date,
        case when end_date <= {{ as_of() }} then end_date end as end_date
    from spans
    where start_date <= {{ as_of() }} and (end_date is null or end_date > start_date)
)

select
    customer_id,
    start_date,
    end_date,
    row_number() over (partition by customer_id order by start_date) as span_number
from known_today
