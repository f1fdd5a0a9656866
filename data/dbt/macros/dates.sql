{% macro as_of() -%}
    cast('{{ var("as_of") }}' as date)
{%- endmacro %}

{% macro add_days(days, date) -%}
    cast({{ dbt.dateadd("day", days, date) }} as date)
{%- endmacro %}

{% macro add_months(months, date) -%}
    cast({{ dbt.dateadd("month", months, date) }} as date)
{%- endmacro %}

{% macro days_between(earlier, later) -%}
    {{ dbt.datediff(earlier, later, "day") }}
{%- endmacro %}

{% macro months_between(earlier, later) -%}
    {{ dbt.datediff(earlier, later, "month") }}
{%- endmacro %}

{% macro month_of(date) -%}
    cast({{ dbt.date_trunc("month", date) }} as date)
{%- endmacro %}

{% macro month_end(date) -%}
    {{ dbt.last_day(date, "month") }}
{%- endmacro %}
