{% set movements = {
    "new": "mrr_new",
    "expansion": "mrr_expansion",
    "contraction": "mrr_contraction",
    "churn": "mrr_churned",
    "reactivation": "mrr_reactivation",
} %}

{% for movement, column in movements.items() %}
    select
        month,
        customer_id,
        '{{ movement }}' as movement,
        {{ column }} as amount
    from {{ ref("customer_months") }}
    where {{ column }} > 0
    {{ "union all" if not loop.last }}
{% endfor %}
