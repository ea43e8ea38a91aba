-- grain: one row per candidate that a slot is looked for (candidate_id)
--
-- Eligible, no control, and without a slot so far: one that stands, or one that has begun. A lead
-- has one slot; whether it is tried again is up to the team, within the attempts that are left.
with windows as (
    select
        candidate_id,
        {{ join_texts(
            "cast(" ~ epoch_us('window_start_at') ~ " as varchar) || '-' || cast("
            ~ epoch_us('window_end_at') ~ " as varchar)",
            '|', 'window_start_at'
        ) }} as windows
    from {{ ref('int_e_rebond__calling_windows') }}
    group by candidate_id
),

had_slots as (
    select candidate_id
    from {{ ref('int_e_rebond__kept_targets') }}
    union distinct
    select candidate_id
    from {{ ref('int_canonical__planned_targets') }}
    where status in ('planned', 'expired') and slot_start_at <= {{ as_of() }}
    union distinct
    -- a step of the same attempt that came in late gives the sign another id: it has had its slot
    select candidates.candidate_id
    from {{ ref('int_e_rebond__candidates') }} as candidates
    inner join {{ ref('int_canonical__planned_targets') }} as targets
        on
            candidates.person_id = targets.person_id
            and coalesce(candidates.product_id, 'none') = coalesce(targets.product_id, 'none')
            and candidates.detected_at <= targets.slot_start_at
    where targets.status in ('planned', 'expired') and targets.slot_start_at <= {{ as_of() }}
)

select
    candidates.candidate_id,
    coalesce(own.skill, usual.skill) as skill,
    candidates.language,
    triggers.is_request,
    scores.expected_value_eur,
    windows.windows
from {{ ref('int_e_rebond__candidates') }} as candidates
inner join {{ ref('int_e_rebond__control_groups') }} as groups_drawn
    on candidates.candidate_id = groups_drawn.candidate_id and not groups_drawn.is_control
inner join {{ ref('int_e_rebond__scores') }} as scores
    on candidates.candidate_id = scores.candidate_id
inner join windows on candidates.candidate_id = windows.candidate_id
inner join {{ ref('e_rebond_triggers') }} as triggers
    on candidates.trigger = triggers.trigger
left join {{ ref('lead_skills') }} as own
    on candidates.product_id = own.product_id
left join {{ ref('lead_skills') }} as usual
    on usual.product_id = '*'
left join had_slots on candidates.candidate_id = had_slots.candidate_id
where had_slots.candidate_id is null
