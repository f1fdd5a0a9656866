{# Amounts in the base currency; a row without a currency is in it already. #}

{% macro join_rates(relation) -%}
    left join {{ source("bronze", "currency_rates") }} as own_rate
        on own_rate.currency = coalesce({{ relation }}.currency, '{{ var("currency") }}')
    cross join (
        select rates.usd as usd
        from {{ source("bronze", "currency_rates") }} as rates
        where rates.currency = '{{ var("currency") }}'
    ) as base_rate
{%- endmacro %}

{% macro exchange_rate() -%}
    own_rate.usd / base_rate.usd
{%- endmacro %}
