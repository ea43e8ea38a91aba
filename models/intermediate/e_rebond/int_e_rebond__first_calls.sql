-- grain: one row per candidate that goes before all others of the same person and the same number (candidate_id)
--
-- One call at a time: of several products the one with the best reason, and of several people on one
-- number the one with the best reason.
with callable as (
    select distinct candidate_id
    from {{ ref('int_e_rebond__open_windows') }}
),

open_candidates as (
    select
        candidates.candidate_id,
        candidates.person_id,
        candidates.phone_hash,
        candidates.detected_at,
        candidates.weight,
        {% if var('replay_days') %}
            candidates.evaluated_at
        {% else %}
            cast(null as timestamp) as evaluated_at
        {% endif %}
    from {{ ref('int_e_rebond__candidates') }} as candidates
    inner join callable
        on candidates.candidate_id = callable.candidate_id
)

select candidate_id
from open_candidates
qualify
    row_number() over (
        partition by phone_hash, evaluated_at order by weight desc, detected_at desc, candidate_id asc
    ) = 1
    and row_number() over (
        partition by coalesce(person_id, candidate_id), evaluated_at
        order by weight desc, detected_at desc, candidate_id asc
    ) = 1
