-- grain: one row per target of today that stands as it was planned (candidate_id)
--
-- Today's plan has gone out to the teams, so a run changes it only by withdrawing what has become
-- unlawful. The days after are planned anew, as better leads may have come.
select
    targets.candidate_id,
    targets.slot_start_at,
    targets.slot_end_at,
    targets.call_date,
    targets.team,
    targets.adviser_skills,
    targets.adviser_languages
from {{ ref('int_canonical__planned_targets') }} as targets
inner join {{ ref('int_e_rebond__candidates') }} as candidates
    on targets.candidate_id = candidates.candidate_id
inner join {{ ref('int_e_rebond__control_groups') }} as groups_drawn
    on targets.candidate_id = groups_drawn.candidate_id and not groups_drawn.is_control
inner join {{ ref('int_e_rebond__calling_windows') }} as windows
    on
        targets.candidate_id = windows.candidate_id
        and targets.slot_end_at > windows.window_start_at
        and targets.slot_end_at <= windows.window_end_at
        and greatest(targets.slot_start_at, {{ as_of() }}) >= windows.window_start_at
where
    targets.status = 'planned'
    and targets.slot_end_at > {{ as_of() }}
    and targets.call_date = cast({{ utc_to_local(as_of(), 'candidates.consumer_time_zone') }} as date)
