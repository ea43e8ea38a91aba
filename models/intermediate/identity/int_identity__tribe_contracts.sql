-- grain: one row per tribe_id, contract_id: contracts of a tribe's members, each once
select
    members.tribe_id,
    contracts.contract_id,
    min(contracts.product_id) as product_id,
    min(contracts.opened_at) as opened_at,
    min(contracts.closed_at) as closed_at,
    max(contracts.premium_eur) as premium_eur
from {{ ref('int_canonical__contracts') }} as contracts
inner join {{ ref('int_identity__link_customers') }} as customers on contracts.customer_id = customers.customer_id
inner join {{ ref('int_identity__tribe_members') }} as members on customers.person_id = members.person_id
where contracts.opened_at <= {{ as_of() }}
group by members.tribe_id, contracts.contract_id
