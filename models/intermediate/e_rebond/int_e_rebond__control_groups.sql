-- grain: one row per eligible candidate: whether its household is kept as control this quarter (candidate_id)
{%- set today = utc_to_local(as_of(), "'" ~ var('business_time_zone') ~ "'") %}
select
    candidates.candidate_id,
    -- who asked to be called is called, control or not
    not triggers.is_request and coalesce(ledger.is_control, false) as is_control
from {{ ref('int_e_rebond__candidates') }} as candidates
inner join {{ ref('int_e_rebond__eligibility') }} as eligibility
    on candidates.candidate_id = eligibility.candidate_id and eligibility.is_eligible
inner join {{ ref('e_rebond_triggers') }} as triggers
    on candidates.trigger = triggers.trigger
left join {{ ref('int_e_rebond__control_ledger') }} as ledger
    on
        candidates.household_key = ledger.household_key
        and cast(date_trunc('quarter', {{ today }}) as date) = ledger.quarter
