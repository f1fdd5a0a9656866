with spine as (
    {{ dbt.date_spine("day", "cast('" ~ var("series_from") ~ "' as date)", add_days(1, as_of())) }}
)

select cast(date_day as date) as day
from spine
