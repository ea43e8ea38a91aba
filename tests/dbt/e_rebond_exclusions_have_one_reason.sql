-- Candidates that are neither eligible nor excluded for a rule of their ledger, or both; eligible ones
-- without a basis or a window.
with verdicts as (
    select
        candidate_id,
        count(case when verdict = 'excluded' then 1 end) as excluded_count
    from {{ ref('int_e_rebond__verdicts') }}
    group by candidate_id
),

windows as (
    select distinct candidate_id
    from {{ ref('int_e_rebond__calling_windows') }}
)

select candidates.candidate_id
from {{ ref('int_e_rebond__eligibility') }} as candidates
left join verdicts on candidates.candidate_id = verdicts.candidate_id
left join windows on candidates.candidate_id = windows.candidate_id
where
    candidates.is_eligible <> (coalesce(verdicts.excluded_count, 0) = 0)
    or candidates.is_eligible <> (candidates.exclusion_reason is null)
    or candidates.is_eligible <> (windows.candidate_id is not null)
    or (candidates.is_eligible and (candidates.legal_basis is null or coalesce(candidates.attempts_left, 1) < 1))
