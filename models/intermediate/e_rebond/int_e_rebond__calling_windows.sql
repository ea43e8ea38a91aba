-- grain: one row per eligible candidate and window in which a call is lawful (candidate_id, window_start_at)
select
    windows.candidate_id,
    windows.window_start_at,
    windows.window_end_at,
    windows.call_date,
    windows.day_rank
from {{ ref('int_e_rebond__open_windows') }} as windows
inner join {{ ref('int_e_rebond__eligibility') }} as eligibility
    on windows.candidate_id = eligibility.candidate_id
where eligibility.is_eligible
