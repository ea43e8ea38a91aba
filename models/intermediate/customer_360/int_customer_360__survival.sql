-- grain: one row per product and month of a contract's life: who closed of those still there (product_id, tenure_month)
--
-- The Kaplan-Meier estimate by whole months. `*` holds all products. Where fewer contracts than
-- survival_minimum_contracts came so far, a month's share of closings is the product's average one,
-- else that of all products, so that a few old contracts don't tell the future of all.
{%- set month_seconds = 2629800 %}
with spells as (
    select
        coalesce(product_id, 'none') as product_id,
        {{ seconds_between('opened_at', 'least(coalesce(closed_at, ' ~ as_of() ~ '), ' ~ as_of() ~ ')') }}
        // {{ month_seconds }} as tenure_month,
        coalesce(closed_at <= {{ as_of() }}, false) as is_closed
    from {{ ref('int_journeys__signed_contracts') }}
    where status <> 'withdrawn' and opened_at <= {{ as_of() }} and coalesce(closed_at, opened_at) >= opened_at
),

ended as (
    select
        product_id,
        tenure_month,
        count(*) as ended_count,
        count(case when is_closed then 1 end) as closed_count
    from spells
    group by product_id, tenure_month
    union all
    select
        '*' as product_id,
        tenure_month,
        count(*) as ended_count,
        count(case when is_closed then 1 end) as closed_count
    from spells
    group by tenure_month
),

rates as (
    select
        product_id,
        -- a contract that ended in month 0 was there for one month
        sum(closed_count) / cast(sum(ended_count * (tenure_month + 1)) as double) as mean_hazard,
        sum(ended_count) as contract_count,
        max(tenure_month) as last_month
    from ended
    group by product_id
),

months as (
    select
        product_id,
        {{ explode_integers(0, 'last_month + ' ~ var('value_months')) }} as tenure_month
    from rates
),

counted as (
    select
        months.product_id,
        months.tenure_month,
        coalesce(ended.closed_count, 0) as closed_count,
        coalesce(sum(ended.ended_count) over (
            partition by months.product_id order by months.tenure_month desc
            rows between unbounded preceding and current row
        ), 0) as at_risk_count
    from months
    left join ended
        on months.product_id = ended.product_id and months.tenure_month = ended.tenure_month
),

hazards as (
    select
        counted.product_id,
        counted.tenure_month,
        counted.at_risk_count,
        counted.closed_count,
        case
            when counted.at_risk_count >= {{ var('survival_minimum_contracts') }}
                then counted.closed_count / cast(counted.at_risk_count as double)
            when own.contract_count >= {{ var('survival_minimum_contracts') }} then own.mean_hazard
            else of_all.mean_hazard
        end as hazard_rate
    from counted
    inner join rates as own
        on counted.product_id = own.product_id
    inner join rates as of_all
        on of_all.product_id = '*'
)

select
    product_id,
    tenure_month,
    cast(at_risk_count as bigint) as at_risk_count,
    cast(closed_count as bigint) as closed_count,
    hazard_rate,
    -- nobody is certain to leave: the logarithm of 0 would be no number
    cast(exp(sum(ln(greatest(1 - hazard_rate, 1e-9))) over (
        partition by product_id order by tenure_month
        rows between unbounded preceding and current row
    )) as decimal(18, 12)) as survival_rate
from hazards
