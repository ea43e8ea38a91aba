select
    candidates.candidate_id,
    candidates.trigger,
    eligibility.is_eligible,
    coalesce(eligibility.exclusion_reason, 'eligible') as reason,
    coalesce(excluding.rules, '') as rules,
    coalesce(windows.seconds, 0) as lawful_seconds
from intermediate.int_e_rebond__candidates as candidates
inner join intermediate.int_e_rebond__eligibility as eligibility using (candidate_id)
left join (
    select candidate_id, string_agg(rule, '|' order by precedence, rule) as rules
    from intermediate.int_e_rebond__verdicts
    where verdict = 'excluded'
    group by candidate_id
) as excluding using (candidate_id)
left join (
    select candidate_id, sum(epoch(window_end_at) - epoch(window_start_at)) as seconds
    from intermediate.int_e_rebond__calling_windows
    group by candidate_id
) as windows using (candidate_id)
order by candidate_id
