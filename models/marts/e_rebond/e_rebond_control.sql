-- grain: one row per household drawn in a quarter (quarter, household_key)
select
    quarter,
    household_key,
    person_id,
    trigger,
    segment,
    value_band,
    is_control,
    assigned_at,
    is_observed,
    is_sold,
    first_sale_at
from {{ ref('int_e_rebond__trial_subjects') }}
