select * from {{ ref("customer_features") }}
