{# When a client was a client: [start_date, end_date), by each rule of churn. #}

{% macro spans_by_churn_date() %}
    select customer_id, start_date, churned_at as end_date
    from {{ ref("customer_starts") }}
    union all
    select subscriptions.customer_id, min(subscriptions.start_date) as start_date, null as end_date
    from {{ ref("subscriptions") }} as subscriptions
    inner join {{ ref("customer_starts") }} as starts
        on subscriptions.customer_id = starts.customer_id
    where subscriptions.start_date > starts.churned_at
    group by subscriptions.customer_id
{% endmacro %}

{% macro spans_by_status() %}
    select
        customer_id,
        start_date,
        case
            when status = 'churned'
                then coalesce(churned_at, {{ add_days(1, "last_date") }}, {{ as_of() }})
        end as end_date
    from {{ ref("customer_starts") }}
{% endmacro %}

{% macro open_end() -%}
    cast('9999-12-31' as date)
{%- endmacro %}

{% macro spans_by_subscriptions() %}
    with subscribed as (
        select
            customer_id,
            start_date,
            coalesce(end_date, {{ open_end() }}) as end_date
        from {{ ref("subscriptions") }}
        where end_date is null or end_date > start_date
    ),

    covered as (
        select
            customer_id,
            start_date,
            end_date,
            max(end_date) over (
                partition by customer_id
                order by start_date, end_date
                rows between unbounded preceding and 1 preceding
            ) as covered_until
        from subscribed
    ),

    numbered as (
        select
            customer_id,
            start_date,
            end_date,
            sum(
                case
                    when covered_until is null then 1
                    when {{ days_between("covered_until", "start_date") }} > {{ var("gap_days") }} then 1
                    else 0
                end
            ) over (
                partition by customer_id order by start_date, end_date
                rows between unbounded preceding and current row
            ) as island
        from covered
    )

    select
        customer_id,
        min(start_date) as start_date,
        case
            when max(end_date) < {{ open_end() }}
                and {{ days_between("max(end_date)", as_of()) }} >= {{ var("gap_days") }}
                then max(end_date)
        end as end_date
    from numbered
    group by customer_id, island
{% endmacro %}

{% macro spans_by_transactions() %}
    with purchases as (
        select
            customer_id,
            transaction_date,
            lag(transaction_date) over (
                partition by customer_id order by transaction_date
            ) as previous_date
        from {{ ref("transactions") }}
        where is_revenue
    ),

    numbered as (
        select
            customer_id,
            transaction_date,
            sum(
                case
                    when previous_date is null then 1
                    when {{ days_between("previous_date", "transaction_date") }}
                        > {{ var("inactivity_days") }} then 1
                    else 0
                end
            ) over (
                partition by customer_id order by transaction_date
                rows between unbounded preceding and current row
            ) as island
        from purchases
    )

    select
        customer_id,
        min(transaction_date) as start_date,
        {{ add_days(var("inactivity_days"), "max(transaction_date)") }} as end_date
    from numbered
    group by customer_id, island
{% endmacro %}
