{# Sums of whole numbers stay whole numbers, whatever the engine widens them to. #}
{% macro whole(expression) -%}
    cast(sum({{ expression }}) as bigint)
{%- endmacro %}
