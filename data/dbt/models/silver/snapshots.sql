{# Every month end within the data, and the last day itself; of a picture without dates, its day
   and the eve, when those it shows as churned were still clients. A study names its own days. #}

{% if var("snapshot_days") %}
    {% for day in var("snapshot_days") %}
        select cast('{{ day }}' as date) as snapshot_date
        {{ "union" if not loop.last }}
    {% endfor %}
{% else %}
    select last_day as snapshot_date
    from {{ ref("months") }}
    where last_day >= cast('{{ var("snapshots_from") }}' as date)
    {% if var("is_picture") %}
        union
        select {{ add_days(-1, as_of()) }} as snapshot_date
    {% endif %}
{% endif %}
