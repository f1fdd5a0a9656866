{# The contract end as it stood on a snapshot: whole terms back from the last one signed, so that
   a later renewal does not show through. Without a known term only the last snapshot has one. #}

with terms as (
    select
        customer_id,
        contract_end_date,
        case contract_type
            when 'monthly' then 1
            when 'quarterly' then 3
            when 'annual' then 12
            when 'multi_year' then 24
        end as term_months
    from {{ ref("customers") }}
    where contract_end_date is not null
),

dated as (
    select
        snapshots.customer_id,
        snapshots.snapshot_date,
        terms.contract_end_date,
        terms.term_months,
        greatest(
            cast(
                floor(
                    {{ months_between("snapshots.snapshot_date", "terms.contract_end_date") }}
                    / nullif(terms.term_months, 0)
                ) as integer
            ),
            0
        ) as terms_back
    from {{ ref("customer_snapshots") }} as snapshots
    inner join terms
        on snapshots.customer_id = terms.customer_id
),

candidates as (
    select
        *,
        {{ add_months("-terms_back * term_months", "contract_end_date") }} as candidate_end
    from dated
)

select
    customer_id,
    snapshot_date,
    case
        when snapshot_date = {{ as_of() }} then contract_end_date
        when candidate_end >= snapshot_date or terms_back = 0 then candidate_end
        else {{ add_months("-(terms_back - 1) * term_months", "contract_end_date") }}
    end as contract_end_date
from candidates
