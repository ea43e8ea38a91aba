-- grain: one row per lead that was ever planned: what came of it (target_id)
with attempts as (
    select
        outcomes.target_id,
        count(*) as attempt_count,
        min(outcomes.attempted_at) as first_attempt_at,
        max(
            case when outcomes.result in ('sold', 'interested', 'refused', 'complaint') then 1 else 0 end
        ) as is_reached,
        max(case when outcomes.result = 'sold' then 1 else 0 end) as is_sold_by_call,
        max(case when outcomes.result = 'refused' then 1 else 0 end) as is_refused,
        max(case when outcomes.result = 'complaint' then 1 else 0 end) as is_complaint
    from {{ ref('int_canonical__lead_outcomes') }} as outcomes
    where outcomes.attempted_at < {{ as_of() }}
    group by outcomes.target_id
),

sales as (
    select
        targets.target_id,
        min(conversions.converted_at) as first_sale_at,
        sum(coalesce(conversions.net_revenue_eur, 0)) as sale_revenue_eur
    from {{ ref('int_e_rebond__target_ledger') }} as targets
    inner join {{ ref('int_journeys__conversions') }} as conversions
        on
            targets.person_id = conversions.person_id
            and targets.planned_at <= conversions.converted_at
            and {{ add_seconds('targets.planned_at', '86400 * ' ~ var('uplift_days')) }} > conversions.converted_at
    where conversions.status in ('accepted', 'signed') and conversions.converted_at < {{ as_of() }}
    group by targets.target_id
)

select
    targets.target_id,
    targets.candidate_id,
    targets.person_id,
    targets.product_id,
    targets.trigger,
    targets.call_date,
    targets.team,
    targets.status,
    coalesce(attempts.attempt_count, 0) as attempt_count,
    attempts.first_attempt_at,
    coalesce(attempts.is_reached, 0) = 1 as is_reached,
    coalesce(attempts.is_sold_by_call, 0) = 1 as is_sold_by_call,
    sales.first_sale_at is not null or coalesce(attempts.is_sold_by_call, 0) = 1 as is_sold,
    sales.first_sale_at,
    cast(coalesce(sales.sale_revenue_eur, 0) as decimal(18, 4)) as sale_revenue_eur,
    coalesce(attempts.is_refused, 0) = 1 as is_refused,
    coalesce(attempts.is_complaint, 0) = 1 as is_complaint
from {{ ref('int_e_rebond__target_ledger') }} as targets
left join attempts on targets.target_id = attempts.target_id
left join sales on targets.target_id = sales.target_id
