-- grain: one row per person and period in which nothing of this changed (person_id, valid_from_at)
select
    person_id,
    valid_from_at,
    valid_to_at,
    segment,
    treatment_level,
    contract_count,
    product_count,
    value_quintile,
    lifetime_value_eur,
    phone_canvassing_consent,
    email_prospecting_consent,
    sms_prospecting_consent,
    ad_personalisation_consent,
    is_sales_hold,
    sales_hold_reason,
    next_best_action,
    next_best_action_reason
from {{ ref('customer_360_states') }}
