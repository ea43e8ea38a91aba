-- grain: one row per candidate whom a running contract covers, with the end of the last of them (candidate_id)
select
    permissions.candidate_id,
    max(permissions.valid_until) as contracted_until
from {{ ref('int_e_rebond__permissions') }} as permissions
inner join {{ ref('int_e_rebond__candidates') }} as candidates
    on permissions.candidate_id = candidates.candidate_id
where permissions.legal_basis = 'running_contract' and permissions.valid_until > candidates.evaluated_at
group by permissions.candidate_id
