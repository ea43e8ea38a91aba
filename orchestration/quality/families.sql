-- one row per two customers who are relatives in truth or of one family tribe (person_a, person_b)
--
-- `is_told` is whether the CRM says anything of it: a household, a contract or a number in common.
with customers as (
    select distinct
        truth.true_person_id,
        members.person_id
    from truth_identifiers as truth
    inner join intermediate.int_identity__members as members
        on
            members.identifier_type = 'customer_id'
            and truth.identifier_value = members.identifier_value
            and members.valid_to is null
    inner join intermediate.int_identity__link_persons as linkable
        on members.person_id = linkable.person_id
    where truth.identifier_type = 'customer_id'
),

groups as (
    select 'truth' as kind, circles.circle_id as name, customers.person_id
    from truth_circles as circles
    inner join customers using (true_person_id)
    where circles.circle_type = 'family'
    union
    select 'found' as kind, tribe_id as name, bridge_tribe_person.person_id
    from marts.bridge_tribe_person
    inner join marts.dim_tribe using (tribe_id)
    inner join customers using (person_id)
    where dim_tribe.tribe_type = 'family'
    union
    select relations.kind, relations.name, members.person_id
    from (
        select 'household' as kind, household_id as name, customer_id
        from raw.crm__customers
        where household_id is not null
        union
        select 'contract' as kind, contract_id as name, customer_id from raw.crm__contracts
        union
        select 'number' as kind, value_hash as name, customer_id
        from raw.crm__identifiers
        where kind = 'phone' and value_hash is not null
    ) as relations
    inner join intermediate.int_identity__members as members
        on members.identifier_type = 'customer_id' and relations.customer_id = members.identifier_value
    inner join customers using (person_id)
)

select
    one.person_id as person_a,
    other.person_id as person_b,
    bool_or(one.kind = 'truth') as is_true,
    bool_or(one.kind = 'found') as is_found,
    bool_or(one.kind in ('household', 'contract', 'number')) as is_told
from groups as one
inner join groups as other
    on one.kind = other.kind and one.name = other.name and one.person_id < other.person_id
group by all
having is_true or is_found
