-- grain: one row per candidate: eligible, or excluded for the first reason in the order of precedence (candidate_id)
with reasons as (
    select
        candidate_id,
        exclusion_reason
    from {{ ref('int_e_rebond__verdicts') }}
    where verdict = 'excluded'
    qualify row_number() over (partition by candidate_id order by precedence, rule, candidate_id) = 1
),

windows as (
    select
        candidate_id,
        min(call_date) as first_date,
        min(window_start_at) as callable_from,
        max(window_end_at) as callable_until
    from {{ ref('int_e_rebond__open_windows') }}
    group by candidate_id
),

attempts as (
    select
        windows.candidate_id,
        count(case
            when
                attempts.attempt_date > {{ add_days('windows.first_date', '-rules.days') }}
                and attempts.attempt_date <= windows.first_date
                then attempts.attempt_id
        end) as attempt_count,
        rules.max_attempts
    from windows
    inner join {{ ref('int_e_rebond__candidates') }} as candidates
        on windows.candidate_id = candidates.candidate_id
    inner join {{ ref('contact_rules') }} as rules
        on
            candidates.country = rules.country
            and rules.rule = 'attempts'
            and {{ in_force('rules', 'windows.first_date') }}
    left join {{ ref('int_e_rebond__reached_attempts') }} as attempts
        on windows.candidate_id = attempts.candidate_id
    group by windows.candidate_id, rules.max_attempts
)

select
    candidates.candidate_id,
    reasons.candidate_id is null as is_eligible,
    reasons.exclusion_reason,
    grounds.legal_basis,
    grounds.consent_id,
    attempts.max_attempts - attempts.attempt_count as attempts_left,
    case when reasons.candidate_id is null then windows.callable_from end as callable_from,
    case when reasons.candidate_id is null then windows.callable_until end as callable_until
from {{ ref('int_e_rebond__candidates') }} as candidates
left join reasons on candidates.candidate_id = reasons.candidate_id
left join windows on candidates.candidate_id = windows.candidate_id
left join attempts on candidates.candidate_id = attempts.candidate_id
left join {{ ref('int_e_rebond__grounds') }} as grounds on candidates.candidate_id = grounds.candidate_id
