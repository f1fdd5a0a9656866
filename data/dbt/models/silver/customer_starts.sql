select
    customers.customer_id,
    customers.churned_at,
    customers.status,
    coalesce(
        customers.signup_date, first_activity.first_date, cast('{{ var("series_from") }}' as date)
    ) as start_date,
    first_activity.last_date
from {{ ref("customers") }} as customers
left join {{ ref("first_activity") }} as first_activity
    on customers.customer_id = first_activity.customer_id
