-- accepted + rejected + duplicates + merged (+ dated after as_of) = read
select *
from {{ ref("load_audit") }}
where accepted + rejected + duplicates + merged + after_as_of <> rows_read
