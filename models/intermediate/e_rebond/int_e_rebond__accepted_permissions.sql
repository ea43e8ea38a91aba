-- grain: one row per candidate and period in which its best permission is one that the law accepts
-- (candidate_id, accepted_from)
--
-- The best permission: of those that reach into a possible window, the first by basis, then the one
-- that lasts longest. Rules follow each other, so one permission may have several periods.
with accepted as (
    select
        permissions.*,
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
),

best as (
    select
        accepted.candidate_id,
        accepted.legal_basis,
        accepted.permission_key
    from accepted
    inner join {{ ref('int_e_rebond__possible_windows') }} as windows
        on
            accepted.candidate_id = windows.candidate_id
            and accepted.accepted_from < windows.window_end_at
            and accepted.accepted_until > windows.window_start_at
    qualify
        row_number() over (
            partition by accepted.candidate_id
            order by accepted.basis_rank asc, accepted.valid_until desc, accepted.permission_key asc
        ) = 1
)

select
    accepted.candidate_id,
    accepted.accepted_from,
    max(accepted.accepted_until) as accepted_until,
    min(accepted.legal_basis) as legal_basis,
    min(accepted.permission_key) as permission_key,
    min(accepted.consent_id) as consent_id,
    min(accepted.evidence) as evidence
from accepted
inner join best
    on
        accepted.candidate_id = best.candidate_id
        and accepted.legal_basis = best.legal_basis
        and accepted.permission_key = best.permission_key
where accepted.accepted_from < accepted.accepted_until
group by accepted.candidate_id, accepted.accepted_from
