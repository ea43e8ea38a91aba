-- grain: one row per person and reason to do something next (person_id, reason_code)
with quotes as (
    select
        candidates.person_id,
        candidates.product_id
    from {{ ref('int_e_rebond__candidates') }} as candidates
    inner join {{ ref('int_e_rebond__eligibility') }} as eligibility
        on candidates.candidate_id = eligibility.candidate_id and eligibility.is_eligible
    left join {{ ref('int_e_rebond__control_groups') }} as groups_drawn
        on candidates.candidate_id = groups_drawn.candidate_id
    where candidates.person_id is not null and not coalesce(groups_drawn.is_control, false)
    qualify
        row_number() over (
            partition by candidates.person_id order by candidates.weight desc, candidates.candidate_id asc
        ) = 1
)

select distinct
    person_id,
    case when hold_reason = 'opposition' then 'opposition' else 'sales_hold' end as reason_code,
    cast(null as varchar) as product_id
from {{ ref('int_customer_360__holds') }}
union all
select
    person_id,
    'unhappy' as reason_code,
    null as product_id
from {{ ref('int_customer_360__voices') }}
where nps_score <= 6
union all
select
    person_id,
    'praise' as reason_code,
    null as product_id
from {{ ref('int_customer_360__voices') }}
where review_count > 0 and rating_rate >= {{ var('praise_from') }}
union all
select
    person_id,
    'open_quote' as reason_code,
    product_id
from quotes
union all
select
    person_id,
    'churn_risk' as reason_code,
    null as product_id
from {{ ref('int_customer_360__equipment') }}
where churn_rate >= {{ var('churn_risk_from') }}
union all
select
    person_id,
    'lapsed_buyer' as reason_code,
    null as product_id
from {{ ref('int_customer_360__repeat_values') }}
where active_probability < 0.5
union all
select
    person_id,
    'missing_product' as reason_code,
    product_id
from {{ ref('int_customer_360__missing_products') }}
union all
select
    person_id,
    'nothing_open' as reason_code,
    null as product_id
from {{ ref('int_identity__persons') }}
