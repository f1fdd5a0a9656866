{# The source's own extra columns (`attr_*`) of its customers. #}

{% macro attributes(prefix) -%}
    {%- if execute -%}
        {%- for column in adapter.get_columns_in_relation(source("bronze", "customers"))
            if column.name.startswith("attr_") %}
            , {{ prefix }}.{{ adapter.quote(column.name) }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
