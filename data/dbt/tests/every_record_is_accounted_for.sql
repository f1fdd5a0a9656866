-- accepted + rejected + duplicates (+ dated after as_of) = read
select *
from {{ ref("load_audit") }}
where accepted + rejected + duplicates + after_as_of <> rows_read
