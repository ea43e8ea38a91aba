-- grain: one row per person, else visitor, and product with a live sign: callable, or why not (candidate_id)
select
    candidates.candidate_id,
    candidates.person_id,
    candidates.visitor_id,
    candidates.detected_at,
    candidates.trigger,
    candidates.funnel,
    candidates.furthest_step,
    candidates.product_id,
    scores.sale_probability as score,
    scores.expected_value_eur,
    reason_words.words as reasons,
    eligibility.is_eligible,
    eligibility.exclusion_reason,
    candidates.step_count,
    candidates.requested_at,
    candidates.expires_at,
    candidates.country,
    candidates.consumer_time_zone,
    candidates.language,
    candidates.is_customer,
    eligibility.legal_basis,
    eligibility.callable_from,
    eligibility.callable_until
from {{ ref('int_e_rebond__candidates') }} as candidates
inner join {{ ref('int_e_rebond__eligibility') }} as eligibility
    on candidates.candidate_id = eligibility.candidate_id
left join {{ ref('int_e_rebond__scores') }} as scores
    on candidates.candidate_id = scores.candidate_id
left join {{ ref('int_e_rebond__reason_words') }} as reason_words
    on scores.reasons = reason_words.codes
