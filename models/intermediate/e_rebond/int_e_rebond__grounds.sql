-- grain: one row per candidate with an accepted ground: the one of the first call that may be made (candidate_id)
--
-- Where no call may be made, the best of those that reach into a possible window.
with windows as (
    select
        candidate_id,
        min(window_start_at) as callable_from
    from {{ ref('int_e_rebond__open_windows') }}
    group by candidate_id
)

select
    permissions.candidate_id,
    permissions.legal_basis,
    permissions.consent_id,
    permissions.evidence
from {{ ref('int_e_rebond__accepted_permissions') }} as permissions
left join windows on permissions.candidate_id = windows.candidate_id
qualify
    row_number() over (
        partition by permissions.candidate_id
        order by
            case
                when
                    windows.callable_from >= permissions.accepted_from
                    and windows.callable_from < permissions.accepted_until
                    then 0
                else 1
            end asc,
            permissions.basis_rank asc, permissions.accepted_from asc
    ) = 1
