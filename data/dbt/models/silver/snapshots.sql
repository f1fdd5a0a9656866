{# Every month end within the data, and the last day itself. #}

select last_day as snapshot_date
from {{ ref("months") }}
where last_day >= cast('{{ var("snapshots_from") }}' as date)
