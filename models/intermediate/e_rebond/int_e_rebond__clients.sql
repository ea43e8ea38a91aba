-- grain: one row per candidate who is a client as long as the candidate lives (candidate_id)
--
-- A contract of whatever product runs.
select distinct candidates.candidate_id
from {{ ref('int_e_rebond__candidates') }} as candidates
inner join {{ ref('int_canonical__contracts') }} as contracts
    on candidates.customer_id = contracts.customer_id
where
    contracts.contract_role in ('holder', 'co_holder')
    and contracts.opened_at <= candidates.evaluated_at
    and coalesce(contracts.closed_at, {{ never() }}) >= candidates.expires_at
