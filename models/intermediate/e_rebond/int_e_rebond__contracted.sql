-- grain: one row per candidate whom a running contract covers for as long as the candidate lives (candidate_id)
select distinct permissions.candidate_id
from {{ ref('int_e_rebond__permissions') }} as permissions
inner join {{ ref('int_e_rebond__candidates') }} as candidates
    on permissions.candidate_id = candidates.candidate_id
where permissions.legal_basis = 'running_contract' and permissions.valid_until >= candidates.expires_at
