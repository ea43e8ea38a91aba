-- grain: one row per target that an earlier run planned, as it stood then (target_id)
--
-- What earlier runs planned is an input of this one: choosing reads it, and the ledger that
-- int_e_rebond__target_ledger keeps is written after choosing.
select
    target_id,
    candidate_id,
    household_key,
    person_id,
    visitor_id,
    product_id,
    trigger,
    is_customer,
    planned_at,
    call_date,
    slot_start_at,
    slot_end_at,
    team,
    adviser_skills,
    adviser_languages,
    status,
    step_rate,
    hours_since_sign,
    visit_count,
    inbound_call_count,
    call_attempt_count,
    contract_count,
    customer_days,
    complaint_count
from {{ ref('stg_audit__target_ledger') }}
