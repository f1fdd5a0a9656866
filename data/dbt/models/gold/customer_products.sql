select
    customer_id,
    product,
    cast(sum(mrr) as double) as mrr,
    cast(12 * sum(mrr) as double) as arr,
    max(seats) as seats
from {{ ref("mrr_spans") }}
where
    product is not null
    and start_date <= {{ as_of() }}
    and (end_date is null or end_date > {{ as_of() }})
group by customer_id, product
