{# The rows of a raw entity whose client is known; the last row loaded wins where a key repeats.
   Only repeated keys are sorted, so that millions of events stay cheap. #}

{% macro deduplicated(entity, key) %}
    with known as (
        select raw_rows.*
        from {{ source("bronze", entity) }} as raw_rows
        inner join {{ ref("customers") }} as customers
            on raw_rows.customer_id = customers.customer_id
    ),

    repeated as (
        select known.{{ key }}
        from known
        group by known.{{ key }}
        having count(*) > 1
    ),

    ranked as (
        select
            known.*,
            row_number() over (
                partition by known.{{ key }} order by known._load desc, known._row desc
            ) as recency
        from known
        inner join repeated on known.{{ key }} = repeated.{{ key }}
    ),

    single as (
        select
            known.*,
            1 as recency
        from known
        left join repeated on known.{{ key }} = repeated.{{ key }}
        where repeated.{{ key }} is null
    )

    select * from single
    union all
    select * from ranked where recency = 1
{% endmacro %}
