-- grain: one row per lead that was ever planned, as it stands (target_id)
select
    targets.target_id,
    targets.candidate_id,
    targets.person_id,
    targets.planned_at,
    targets.call_date,
    targets.slot_start_at,
    targets.slot_end_at,
    targets.consumer_time_zone,
    targets.team,
    targets.skill,
    targets.language,
    targets.priority_rank,
    targets.expires_at,
    targets.legal_basis,
    targets.consent_id,
    targets.adviser_context,
    targets.status,
    reason_words.words as reasons,
    targets.status_reason,
    targets.changed_at,
    targets.product_id,
    targets.trigger,
    targets.expected_value_eur,
    targets.model_version,
    -- of leads that are still to be called: a delivery looks the number up by it
    candidates.phone_hash,
    candidates.detected_at
from {{ ref('int_e_rebond__target_ledger') }} as targets
left join {{ ref('int_e_rebond__candidates') }} as candidates
    on targets.candidate_id = candidates.candidate_id
left join {{ ref('int_e_rebond__reason_words') }} as reason_words
    on targets.adviser_context = reason_words.codes
