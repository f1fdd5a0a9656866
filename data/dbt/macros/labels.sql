{# Whether a client left within so many days after a snapshot; null until those days are over. #}

{% macro churned_within(days) -%}
    case
        when {{ add_days(days, "states.snapshot_date") }} <= {{ as_of() }}
            then coalesce(states.churns_on <= {{ add_days(days, "states.snapshot_date") }}, false)
    end
{%- endmacro %}
