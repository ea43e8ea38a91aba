-- grain: one row per contact with us on any channel (interaction_id)
--
-- An identifier counts for whoever held it at that moment; a visitor only while their navigation may
-- be linked. Payments and deliveries that no rule knows took no place.
with holders as (
    select
        records.interaction_id,
        members.person_id
    from {{ ref('int_journeys__interaction_records') }} as records
    inner join {{ ref('int_identity__members') }} as members
        on
            records.identifier_type = members.identifier_type
            and records.identifier_value = members.identifier_value
    left join {{ ref('int_identity__linkable_visitors') }} as linkable
        on case when records.identifier_type = 'visitor_id' then records.identifier_value end = linkable.visitor_id
    left join {{ ref('int_identity__refused_visits') }} as refused
        on
            case when records.identifier_type = 'visitor_id' then records.identifier_value end = refused.visitor_id
            and {{ refused_at('refused', 'records.occurred_at') }}
    where
        (records.identifier_type = 'customer_id' or ({{ held_at('members', 'records.occurred_at') }}))
        and (
            records.identifier_type <> 'visitor_id'
            or (records.occurred_at >= linkable.linkable_from and records.occurred_at < linkable.linkable_to)
        )
        and (
            refused.visitor_id is null
            or {{ linkable_again('refused', 'records.occurred_at', 'records.occurred_at') }}
        )
)

select
    records.interaction_id,
    coalesce(records.person_id, holders.person_id) as person_id,
    coalesce(kinds.contact_channel, records.contact_channel) as contact_channel,
    coalesce(kinds.journey_stage, records.journey_stage) as journey_stage,
    records.occurred_at,
    coalesce(kinds.place, records.place) as place,
    coalesce(kinds.owning_function, stages.owning_function) as owning_function,
    records.source,
    records.direction,
    records.reason_code,
    records.session_id,
    records.call_id
from {{ ref('int_journeys__interaction_records') }} as records
left join {{ ref('int_journeys__interaction_kinds') }} as kinds
    on records.source = kinds.source and coalesce(records.code, '') = kinds.code_key
left join {{ ref('journey_stages') }} as stages
    on coalesce(kinds.journey_stage, records.journey_stage) = stages.journey_stage
left join holders
    on records.interaction_id = holders.interaction_id
where kinds.source is not null or records.source not in ('payment', 'delivery')
