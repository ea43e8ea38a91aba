-- grain: one row per funnel and step from which on leads might be called (funnel, from_step)
--
-- Attempts of the last days as they stood once they were abandoned. Only a known person can be called.
with attempts as (
    select
        funnel,
        furthest_step,
        subject_kind,
        product_id
    from {{ ref('int_journeys__funnel_progress') }}
    where
        abandoned_at is not null
        and abandoned_at < {{ as_of() }}
        and abandoned_at >= {{ add_seconds(as_of(), -86400 * var('scenario_days')) }}
),

-- What a sale brings, by product: the margin of those of a year, else their usual share of the price.
sales as (
    select
        product_id,
        avg(coalesce(margin_eur, revenue_eur * {{ var('default_margin_rate') }})) as value_eur
    from {{ ref('int_journeys__conversions') }}
    where
        status in ('accepted', 'signed')
        and converted_at < {{ as_of() }}
        and converted_at >= {{ add_seconds(as_of(), -365 * 86400) }}
    group by product_id
)

select
    thresholds.funnel,
    thresholds.step_number as from_step,
    thresholds.step_count,
    count(*) as attempt_count,
    count(case when attempts.subject_kind = 'person' then 1 end) as lead_count,
    -- decimals: the sum of doubles depends on the order of rows
    cast(sum(case
        when attempts.subject_kind = 'person' then cast(conversions.sale_rate as decimal(18, 9)) else 0
    end) as double) as sale_count,
    cast(sum(case
        when attempts.subject_kind = 'person'
            then cast(
                conversions.sale_rate
                * coalesce(cast(sales.value_eur as double), {{ var('default_sale_value_eur') }})
                as decimal(18, 6)
            )
        else 0
    end) as double) as value_eur,
    min(case when conversions.is_measured then 1 else 0 end) = 1 as is_measured
from {{ ref('int_e_rebond__step_conversions') }} as thresholds
inner join attempts
    on thresholds.funnel = attempts.funnel and thresholds.step_number <= attempts.furthest_step
inner join {{ ref('int_e_rebond__step_conversions') }} as conversions
    on attempts.funnel = conversions.funnel and attempts.furthest_step = conversions.step_number
left join sales
    on attempts.product_id = sales.product_id
group by thresholds.funnel, thresholds.step_number, thresholds.step_count
