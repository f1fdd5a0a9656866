{# What a source did not bring stays NULL: a zero would be invented. #}

{% macro zero_if_present(entity, expression, type="bigint") -%}
    {%- if entity in var("present") -%} cast(coalesce({{ expression }}, 0) as {{ type }})
    {%- else -%} cast(null as {{ type }})
    {%- endif -%}
{%- endmacro %}

{% macro mrr_or_null(expression) -%}
    {%- if var("mrr_known") -%} cast(coalesce({{ expression }}, 0) as double)
    {%- else -%} cast(null as double)
    {%- endif -%}
{%- endmacro %}

{% macro absent_list(entities) -%}
    {%- set absent = [] -%}
    {%- for entity in entities if entity not in var("present") -%}
        {%- do absent.append("'" ~ entity ~ "'") -%}
    {%- endfor -%}
    cast({{ dbt.array_construct(absent, "text") }} as varchar [])
{%- endmacro %}
