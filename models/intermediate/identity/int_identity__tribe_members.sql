-- grain: one row per tribe_id, person_id: tribes of every size, for later models
select
    ledger.tribe_id,
    memberships.person_id,
    memberships.tribe_type,
    memberships.role,
    memberships.influence_score,
    memberships.cohesion,
    memberships.resolution,
    memberships.resolution_stability,
    ledger.formed_at,
    persons.is_customer,
    persons.is_known_adult
from {{ ref('int_identity__tribe_memberships') }} as memberships
inner join {{ ref('int_identity__tribe_ledger') }} as ledger
    on memberships.tribe_type = ledger.tribe_type and memberships.person_id = ledger.person_id
inner join {{ ref('int_identity__link_persons') }} as persons on memberships.person_id = persons.person_id
