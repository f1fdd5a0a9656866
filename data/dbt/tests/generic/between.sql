{# Values stay within bounds; null is allowed, absence is not a fault. #}

{% test between(model, column_name, low=none, high=none, low_included=true) %}
    {%- set below = "false" if low is none else
        column_name ~ (" < " if low_included else " <= ") ~ low -%}
    {%- set above = "false" if high is none else column_name ~ " > " ~ high -%}

    select {{ column_name }}
    from {{ model }}
    where {{ below }} or {{ above }}
{% endtest %}
