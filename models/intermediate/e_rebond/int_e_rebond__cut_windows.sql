-- grain: one row per candidate, possible window and rule with facts: what the rule alone leaves of it
-- (candidate_id, window_start_at, rule)
--
-- What covers the beginning moves it; what begins later ends the window: never a second that is
-- forbidden.
select
    windows.candidate_id,
    windows.window_start_at,
    blocks.rule,
    max(windows.window_end_at) as window_end_at,
    max(case
        when blocks.blocked_from <= windows.window_start_at
            then greatest(blocks.blocked_to, windows.window_start_at)
        else windows.window_start_at
    end) as left_from,
    min(case
        when blocks.blocked_from <= windows.window_start_at then windows.window_end_at
        else least(blocks.blocked_from, windows.window_end_at)
    end) as left_until
from {{ ref('int_e_rebond__possible_windows') }} as windows
inner join {{ ref('int_e_rebond__blocks') }} as blocks
    on windows.candidate_id = blocks.candidate_id
group by windows.candidate_id, windows.window_start_at, blocks.rule
