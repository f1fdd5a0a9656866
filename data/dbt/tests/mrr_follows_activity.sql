-- a client who is not active has no MRR
select *
from {{ ref("customer_months") }}
where (not active_start and mrr_start <> 0) or (not active_end and mrr_end <> 0)
