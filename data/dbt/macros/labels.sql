{# Whether a client left within so many days after a snapshot; null until those days are over. Of a
   picture without dates the eve is known at once: who is shown as churned left, the others stayed. #}

{% macro churned_within(days) -%}
    {%- if var("is_picture") -%}
    case
        when states.snapshot_date < {{ as_of() }}
            then coalesce(states.churns_on <= {{ as_of() }}, false)
    end
    {%- else -%}
    case
        when {{ add_days(days, "states.snapshot_date") }} <= {{ as_of() }}
            then coalesce(states.churns_on <= {{ add_days(days, "states.snapshot_date") }}, false)
    end
    {%- endif -%}
{%- endmacro %}
