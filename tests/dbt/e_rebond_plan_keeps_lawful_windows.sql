-- Every slot of the plan lies within one lawful window of its lead. A slot that has begun may have
-- begun before the window as it is told now, from the clock on.
select
    plan.target_id,
    plan.slot_start_at
from {{ ref('int_e_rebond__plan') }} as plan
left join {{ ref('int_e_rebond__calling_windows') }} as windows
    on
        plan.candidate_id = windows.candidate_id
        and (plan.slot_start_at < {{ as_of() }} or plan.slot_start_at >= windows.window_start_at)
        and plan.slot_end_at > windows.window_start_at
        and plan.slot_end_at <= windows.window_end_at
where windows.candidate_id is null
