-- grain: one row per person with a sign, and the number to call them on (person_id)
--
-- Of several numbers: one that the CRM declares for the person's customer, else one that was allowed
-- by consent, else the latest. A number that turned out to be somebody else's is left out.
with persons as (
    select distinct person_id
    from {{ ref('int_e_rebond__live_signals') }}
    where person_id is not null
),

wrong as (
    select distinct phone_hash
    from {{ ref('int_e_rebond__attempts') }}
    where is_wrong_number and phone_hash is not null
),

allowed as (
    select distinct subject_key as phone_hash
    from {{ ref('int_canonical__consents') }}
    where subject_kind = 'phone' and purpose = 'phone_canvassing' and status = 'granted'
)

select
    persons.person_id,
    members.identifier_value as phone_hash
from persons
inner join {{ ref('int_identity__persons') }} as people
    on persons.person_id = people.person_id
inner join {{ ref('int_identity__members') }} as members
    on
        persons.person_id = members.person_id
        and members.identifier_type = 'phone_hash'
        and {{ held_at('members', as_of()) }}
left join {{ ref('int_canonical__identifiers') }} as declared
    on
        people.customer_id = declared.customer_id
        and declared.identifier_type = 'phone_hash'
        and members.identifier_value = declared.identifier_value
        and coalesce(declared.valid_from, {{ ever() }}) <= {{ as_of() }}
        and {{ as_of() }} < coalesce(declared.valid_to, {{ never() }})
left join {{ ref('int_canonical__excluded_values') }} as excluded
    on
        excluded.identifier_type = 'phone_hash'
        and members.identifier_value = excluded.identifier_value
left join wrong on members.identifier_value = wrong.phone_hash
left join allowed on members.identifier_value = allowed.phone_hash
where excluded.identifier_value is null and wrong.phone_hash is null
qualify
    row_number() over (
        partition by persons.person_id
        order by
            declared.identifier_value is null asc, allowed.phone_hash is null asc, members.valid_from desc,
            members.identifier_value asc, members.person_id asc
    ) = 1
