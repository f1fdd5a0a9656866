{% set entities = [
    "customers", "subscriptions", "transactions", "engagement_events",
    "support_tickets", "surveys", "interventions",
] %}

with totals as (
    select
        {% for entity in entities %}
            max(case when entity = '{{ entity }}' then accepted end) as {{ entity }}_rows,
        {% endfor %}
        sum(rows_read) as rows_read,
        sum(rejected) as rejected,
        sum(duplicates) as duplicates,
        sum(merged) as merged
    from {{ ref("load_audit") }}
),

scored as (
    select max(model_version) as model_version
    from {{ ref("customer_health_scores") }}
),

rules as (
    select max(book) as rule_book
    from {{ source("scores", "scored_rules") }}
)

select
    '{{ var("source") }}' as source,
    cast('{{ var("built_at") }}' as timestamp) as built_at,
    {{ as_of() }} as as_of,
    {% if var("is_picture") %} {{ as_of() }} {% else %} cast(null as date) {% endif %}
        as picture_date,
    '{{ var("churn_rule") }}' as churn_rule,
    '{{ var("currency") }}' as currency,
    scored.model_version,
    rules.rule_book,
    {{ absent_list(entities) }} as absent,
    '{' {% for entity in entities %}
        || '"{{ entity }}": ' || cast(totals.{{ entity }}_rows as varchar)
        {{ "|| ', '" if not loop.last }}
    {% endfor %} || '}' as rows,
    cast(totals.rows_read as bigint) as rows_read,
    cast(totals.rejected as bigint) as rejected,
    cast(totals.duplicates as bigint) as duplicates,
    cast(totals.merged as bigint) as merged
from totals
cross join scored
cross join rules
