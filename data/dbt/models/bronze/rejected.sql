{% set entities = [
    "subscriptions", "transactions", "engagement_events",
    "support_tickets", "surveys", "interventions",
] %}

select
    entity,
    file,
    row,
    "column",
    value,
    reason
from {{ source("bronze", "load_rejects") }}
{% for entity in entities %}
    union all
    select
        '{{ entity }}' as entity,
        orphans._file as file,
        orphans._row as row,
        'customer_id' as "column",
        orphans.customer_id as value,
        'unknown customer' as reason
    from {{ source("bronze", entity) }} as orphans
    left join {{ ref("customers") }} as customers
        on orphans.customer_id = customers.customer_id
    where customers.customer_id is null
{% endfor %}
