-- one row per person of a true circle whom the CRM or the network names, and circle (circle_type, person_id)
--
-- Relatives are customers, friends and people of one interest are accounts.
with owners as (
    select distinct
        truth.true_person_id,
        truth.identifier_type,
        members.person_id
    from truth_identifiers as truth
    left join restricted.identifier_values as hashes
        on
            truth.identifier_type = 'social_handle'
            and hashes.kind = 'handle'
            and lower(trim(truth.identifier_value)) = hashes.normalised
    inner join intermediate.int_identity__members as members
        on
            members.identifier_type = case truth.identifier_type
                when 'customer_id' then 'customer_id' else 'social_handle_hash'
            end
            and members.identifier_value = coalesce(hashes.hash, truth.identifier_value)
            and members.valid_to is null
    inner join intermediate.int_identity__link_persons as linkable
        on members.person_id = linkable.person_id
    where truth.identifier_type in ('customer_id', 'social_handle')
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
