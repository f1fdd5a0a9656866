-- the same for every client and month
select *
from {{ ref("customer_months") }}
where
    cast(active_start as integer) + customers_new + customers_reactivated - customers_churned
    <> cast(active_end as integer)
