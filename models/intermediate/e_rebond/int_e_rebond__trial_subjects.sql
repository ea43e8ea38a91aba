-- grain: one row per household drawn in a quarter, with what it bought (quarter, household_key)
--
-- Intention to treat: a household counts as it was drawn, called or not, from the moment it was
-- drawn, on whatever channel it bought.
{%- set ends_at = add_seconds('drawn.assigned_at', '86400 * ' ~ var('uplift_days')) %}
with sales as (
    select
        drawn.quarter,
        drawn.household_key,
        min(conversions.converted_at) as first_sale_at
    from {{ ref('int_e_rebond__control_ledger') }} as drawn
    inner join {{ ref('int_journeys__conversions') }} as conversions
        on
            drawn.person_id = conversions.person_id
            and drawn.assigned_at <= conversions.converted_at
            and {{ ends_at }} > conversions.converted_at
    where conversions.status in ('accepted', 'signed') and conversions.converted_at < {{ as_of() }}
    group by drawn.quarter, drawn.household_key
),

-- A sale noted by the adviser whose contract CRM doesn't list yet names the target alone.
noted as (
    select
        drawn.quarter,
        drawn.household_key,
        min(outcomes.attempted_at) as first_sale_at
    from {{ ref('int_e_rebond__control_ledger') }} as drawn
    inner join {{ ref('int_e_rebond__target_ledger') }} as targets
        on drawn.household_key = targets.household_key
    inner join {{ ref('int_canonical__lead_outcomes') }} as outcomes
        on
            targets.target_id = outcomes.target_id
            and drawn.assigned_at <= outcomes.attempted_at
            and {{ ends_at }} > outcomes.attempted_at
    where outcomes.result = 'sold' and outcomes.attempted_at < {{ as_of() }}
    group by drawn.quarter, drawn.household_key
)

select
    drawn.quarter,
    drawn.household_key,
    drawn.person_id,
    drawn.trigger,
    drawn.segment,
    drawn.value_band,
    drawn.is_control,
    drawn.assigned_at,
    {{ ends_at }} <= {{ as_of() }} as is_observed,
    coalesce(sales.first_sale_at, noted.first_sale_at) is not null as is_sold,
    least(sales.first_sale_at, noted.first_sale_at) as first_sale_at
from {{ ref('int_e_rebond__control_ledger') }} as drawn
left join sales
    on drawn.quarter = sales.quarter and drawn.household_key = sales.household_key
left join noted
    on drawn.quarter = noted.quarter and drawn.household_key = noted.household_key
