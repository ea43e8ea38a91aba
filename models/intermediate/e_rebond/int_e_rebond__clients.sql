-- grain: one row per candidate who is a client, with the end of the last contract (candidate_id)
--
-- A contract of whatever product runs.
select
    candidates.candidate_id,
    max(coalesce(contracts.closed_at, {{ never() }})) as client_until
from {{ ref('int_e_rebond__candidates') }} as candidates
inner join {{ ref('int_canonical__contracts') }} as contracts
    on candidates.customer_id = contracts.customer_id
where
    contracts.contract_role in ('holder', 'co_holder')
    and contracts.opened_at <= candidates.evaluated_at
    and coalesce(contracts.closed_at, {{ never() }}) > candidates.evaluated_at
group by candidates.candidate_id
