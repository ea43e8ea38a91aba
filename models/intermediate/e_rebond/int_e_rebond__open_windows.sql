-- grain: one row per candidate and window in which no rule forbids a call (candidate_id, window_start_at)
with cuts as (
    select
        candidate_id,
        window_start_at,
        max(left_from) as left_from,
        min(left_until) as left_until
    from {{ ref('int_e_rebond__cut_windows') }}
    group by candidate_id, window_start_at
)

select
    windows.candidate_id,
    coalesce(cuts.left_from, windows.window_start_at) as window_start_at,
    coalesce(cuts.left_until, windows.window_end_at) as window_end_at,
    windows.call_date,
    windows.day_rank
from {{ ref('int_e_rebond__possible_windows') }} as windows
left join cuts
    on windows.candidate_id = cuts.candidate_id and windows.window_start_at = cuts.window_start_at
where
    windows.is_callable
    and coalesce(cuts.left_from, windows.window_start_at) < coalesce(cuts.left_until, windows.window_end_at)
