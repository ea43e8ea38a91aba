-- grain: one row per answered inbound contact of a known person or caller, old enough to judge (interaction_id)
--
-- What follows is a contact of the same person, or from the same number, on any channel, answered or
-- not. Without a reason on either side nobody can say whether it was the same one; accents and capitals
-- make no other reason.
with parties as (
    select
        interaction_id,
        {{ narrow_hash(["'person'", 'person_id']) }} as party_key,
        {{ narrow_hash([alias_key('reason_code')]) }} as reason_key,
        reason_code is null as is_reason_unknown,
        occurred_us
    from {{ ref('int_contact_centre__contacts') }}
    where direction = 'inbound' and person_id is not null
    union all
    select
        interaction_id,
        {{ narrow_hash(["'phone'", 'phone_hash']) }} as party_key,
        {{ narrow_hash([alias_key('reason_code')]) }} as reason_key,
        reason_code is null as is_reason_unknown,
        occurred_us
    from {{ ref('int_contact_centre__contacts') }}
    where direction = 'inbound' and phone_hash is not null
),

followed as (
    select
        interaction_id,
        occurred_us,
        lead(occurred_us) over (partition by party_key, reason_key order by occurred_us, interaction_id)
            as same_reason_us,
        min(case when is_reason_unknown then occurred_us end) over (
            partition by party_key
            order by occurred_us, interaction_id
            rows between 1 following and unbounded following
        ) as unknown_reason_us
    from parties
),

repeats as (
    select
        interaction_id,
        max(case when same_reason_us - occurred_us <= {{ var('resolution_days') }} * 86400000000 then 1 else 0 end)
            as is_same,
        max(case when unknown_reason_us - occurred_us <= {{ var('resolution_days') }} * 86400000000 then 1 else 0 end)
            as is_unknown
    from followed
    group by interaction_id
)

select
    contacts.interaction_id,
    contacts.reason_code is not null as is_judged,
    contacts.reason_code is not null and repeats.is_same = 0 as is_resolved,
    contacts.reason_code is not null and repeats.is_same = 0 and repeats.is_unknown = 1 as is_unsure
from repeats
inner join {{ ref('int_contact_centre__contacts') }} as contacts
    on repeats.interaction_id = contacts.interaction_id
where
    contacts.is_answered
    and not contacts.is_callback_request
    and contacts.occurred_us <= {{ epoch_us(as_of()) }} - {{ var('resolution_days') }} * 86400000000
