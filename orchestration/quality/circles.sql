-- one row per person of a true circle whom the CRM or the network names, and circle (circle_type, person_id)
--
-- Relatives are customers, friends and people of one interest are accounts.
with truth as (
    select
        *,
        -- as a column: what looks at one side of the join only would make it compare all with all
        case identifier_type when 'social_handle' then lower(trim(identifier_value)) end as handle
    from truth_identifiers
    where identifier_type in ('customer_id', 'social_handle')
),

owners as (
    select distinct
        truth.true_person_id,
        truth.identifier_type,
        members.person_id
    from truth
    left join restricted.identifier_values as hashes
        on truth.handle = hashes.normalised and hashes.kind = 'handle'
    inner join intermediate.int_identity__members as members
        on
            members.identifier_type = case truth.identifier_type
                when 'customer_id' then 'customer_id' else 'social_handle_hash'
            end
            and members.identifier_value = coalesce(hashes.hash, truth.identifier_value)
            and members.valid_to is null
    inner join intermediate.int_identity__link_persons as linkable
        on members.person_id = linkable.person_id
),

tribes as (
    select dim_tribe.tribe_type, bridge_tribe_person.person_id, min(bridge_tribe_person.tribe_id) as tribe_id
    from marts.dim_tribe
    inner join marts.bridge_tribe_person using (tribe_id)
    group by all
)

select
    circles.circle_type,
    owners.person_id,
    circles.circle_id as true_label,
    tribes.tribe_id as found_label
from truth_circles as circles
inner join owners
    on
        circles.true_person_id = owners.true_person_id
        and (circles.circle_type = 'family') = (owners.identifier_type = 'customer_id')
left join tribes
    on circles.circle_type = tribes.tribe_type and owners.person_id = tribes.person_id
qualify row_number() over (partition by circles.circle_type, owners.person_id order by circles.circle_id) = 1
