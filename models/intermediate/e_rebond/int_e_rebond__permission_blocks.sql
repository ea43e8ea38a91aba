-- grain: one row per candidate and period that no permission covers (candidate_id, blocked_from)
with periods as (
    select
        candidate_id,
        accepted_from,
        accepted_until,
        evidence,
        permission_key,
        max(accepted_until) over (
            partition by candidate_id order by accepted_from, permission_key
            rows between unbounded preceding and 1 preceding
        ) as covered_until
    from {{ ref('int_e_rebond__accepted_permissions') }}
),

-- the last period: what ends with it
ends as (
    select
        candidate_id,
        accepted_until as covered_until,
        evidence
    from {{ ref('int_e_rebond__accepted_permissions') }}
    qualify
        row_number() over (
            partition by candidate_id order by accepted_until desc, accepted_from desc, permission_key asc
        ) = 1
)

select
    candidates.candidate_id,
    {{ ever() }} as blocked_from,
    {{ never() }} as blocked_to,
    'none' as evidence
from {{ ref('int_e_rebond__candidates') }} as candidates
left join ends on candidates.candidate_id = ends.candidate_id
where ends.candidate_id is null
union all
select
    candidate_id,
    coalesce(covered_until, {{ ever() }}) as blocked_from,
    accepted_from as blocked_to,
    evidence
from periods
where coalesce(covered_until, {{ ever() }}) < accepted_from
union all
select
    candidate_id,
    covered_until,
    {{ never() }},
    evidence
from ends
where covered_until < {{ never() }}
