with texts as (
    select
        'survey' as source,
        survey_id as source_id,
        customer_id,
        response_date as date,
        comments as text
    from {{ ref("surveys") }}
    union all
    select
        'ticket' as source,
        ticket_id as source_id,
        customer_id,
        created_date as date,
        case
            when subject is null then body
            when body is null then subject
            else subject || '. ' || body
        end as text
    from {{ ref("support_tickets") }}
)

select *
from texts
where trim(text) <> ''
