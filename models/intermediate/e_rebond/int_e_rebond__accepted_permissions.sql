-- grain: one row per candidate and period with the ground on which a call may then rest
-- (candidate_id, accepted_from)
--
-- Periods don't overlap. In each it is the best of the grounds that the law accepts then: the first by
-- basis, then the one that lasts longest. Where a consent runs out between J and J+1, a contract may
-- carry J+1. Periods that no possible window touches are left out.
with accepted as (
    select
        permissions.candidate_id,
        permissions.legal_basis,
        permissions.basis_rank,
        permissions.permission_key,
        permissions.valid_until,
        permissions.consent_id,
        permissions.evidence,
        greatest(permissions.valid_from, {{ rule_start('rules', 'candidates') }}) as accepted_from,
        least(permissions.valid_until, {{ rule_end('rules', 'candidates') }}) as accepted_until
    from {{ ref('int_e_rebond__permissions') }} as permissions
    inner join {{ ref('int_e_rebond__candidates') }} as candidates
        on permissions.candidate_id = candidates.candidate_id
    inner join {{ ref('contact_rules') }} as rules
        on
            candidates.country = rules.country
            and rules.rule = 'permission'
            and {{ has_token('rules.codes', 'permissions.legal_basis') }}
    where
        greatest(permissions.valid_from, {{ rule_start('rules', 'candidates') }})
        < least(permissions.valid_until, {{ rule_end('rules', 'candidates') }})
),

edges as (
    select
        candidate_id,
        accepted_from
    from accepted
    union distinct
    select
        candidate_id,
        accepted_until as accepted_from
    from accepted
),

periods as (
    select
        candidate_id,
        accepted_from,
        lead(accepted_from) over (partition by candidate_id order by accepted_from) as accepted_until
    from edges
),

reached as (
    select distinct
        periods.candidate_id,
        periods.accepted_from,
        periods.accepted_until
    from periods
    inner join {{ ref('int_e_rebond__possible_windows') }} as windows
        on
            periods.candidate_id = windows.candidate_id
            and periods.accepted_from < windows.window_end_at
            and periods.accepted_until > windows.window_start_at
)

select
    reached.candidate_id,
    reached.accepted_from,
    reached.accepted_until,
    accepted.legal_basis,
    accepted.basis_rank,
    accepted.permission_key,
    accepted.consent_id,
    accepted.evidence
from reached
inner join accepted
    on
        reached.candidate_id = accepted.candidate_id
        and reached.accepted_from >= accepted.accepted_from
        and reached.accepted_until <= accepted.accepted_until
qualify
    row_number() over (
        partition by reached.candidate_id, reached.accepted_from
        order by
            accepted.basis_rank asc, accepted.valid_until desc, accepted.permission_key asc,
            accepted.accepted_from asc
    ) = 1
