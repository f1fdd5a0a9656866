-- customers_start + new + reactivated - churned = customers_end, in every slice
select *
from {{ ref("dashboard_kpis") }}
where customers_start + customers_new + customers_reactivated - customers_churned <> customers_end
