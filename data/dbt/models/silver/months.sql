with spine as (
    {{
        dbt.date_spine(
            "month", "cast('" ~ var("months_from") ~ "' as date)", add_months(1, month_of(as_of()))
        )
    }}
)

select
    cast(date_month as date) as month,
    least({{ month_end("date_month") }}, {{ as_of() }}) as last_day,
    {{ month_end("date_month") }} <= {{ as_of() }} as is_complete
from spine
