with movements as (
    select
        *,
        case
            when not active_end or mrr_end <= mrr_start then 0
            when active_start and mrr_start = 0 and highest_mrr_before = 0 then mrr_end
            when not active_start and customers_new > 0 then mrr_end
            else 0
        end as mrr_new,
        case
            when active_start and active_end and (mrr_start > 0 or highest_mrr_before > 0)
                then greatest(mrr_end - mrr_start, 0)
            else 0
        end as mrr_expansion,
        case
            when active_start and active_end then greatest(mrr_start - mrr_end, 0) else 0
        end as mrr_contraction,
        case when active_start and not active_end then mrr_start else 0 end as mrr_churned,
        case
            when not active_start and active_end and customers_new = 0 then mrr_end else 0
        end as mrr_reactivation
    from {{ ref("customer_month_states") }}
),

activity as (
    select
        customer_id,
        month,
        sum(revenue) as revenue,
        sum(events) as events,
        sum(tickets_opened) as tickets_opened,
        sum(tickets_resolved) as tickets_resolved,
        sum(resolution_hours) as resolution_hours_sum,
        sum(promoter) as nps_promoters,
        sum(detractor) as nps_detractors,
        sum(response) as nps_responses
    from {{ ref("monthly_activity") }}
    group by customer_id, month
)

select
    movements.month,
    movements.customer_id,
    customers.segment,
    customers.region,
    customers.country,
    customers.industry,
    customers.plan,
    customers.account_manager,
    customers.contract_type,
    movements.active_start,
    movements.active_end,
    cast(movements.customers_new as bigint) as customers_new,
    cast(movements.customers_reactivated as bigint) as customers_reactivated,
    cast(movements.customers_churned as bigint) as customers_churned,
    {% for column in [
        "mrr_start", "mrr_new", "mrr_expansion", "mrr_contraction", "mrr_churned",
        "mrr_reactivation", "mrr_end",
    ] %}
        {{ mrr_or_null("movements." ~ column) }} as {{ column }},
    {% endfor %}
    {{ zero_if_present("transactions", "activity.revenue", "double") }} as revenue,
    {{ zero_if_present("engagement_events", "activity.events") }} as events,
    {{ zero_if_present("support_tickets", "activity.tickets_opened") }} as tickets_opened,
    {{ zero_if_present("support_tickets", "activity.tickets_resolved") }} as tickets_resolved,
    {{ zero_if_present("support_tickets", "activity.resolution_hours_sum", "double") }}
        as resolution_hours_sum,
    {{ zero_if_present("surveys", "activity.nps_promoters") }} as nps_promoters,
    {{ zero_if_present("surveys", "activity.nps_detractors") }} as nps_detractors,
    {{ zero_if_present("surveys", "activity.nps_responses") }} as nps_responses
from movements
inner join {{ ref("customers") }} as customers
    on movements.customer_id = customers.customer_id
left join activity
    on movements.customer_id = activity.customer_id and movements.month = activity.month
where
    movements.active_start
    or movements.active_end
    or movements.customers_new + movements.customers_reactivated + movements.customers_churned > 0
    or activity.customer_id is not null
