-- grain: one row per call or contact of the CRM, in or out, that people of ours took or could take (interaction_id)
--
-- Of a message the CRM's end is the answer, so the time until then was waited; of a chat or a visit to
-- a branch it is the end of the talk. Only queues of calls have thresholds.
with taken as (
    select
        {{ hash_key(["'call'", 'calls.call_id']) }} as interaction_id,
        'phone' as contact_channel,
        calls.direction,
        calls.started_at as occurred_at,
        calls.ended_at,
        calls.time_zone,
        calls.call_id,
        persons.person_id,
        calls.other_party_hash as phone_hash,
        calls.reason_code,
        calls.adviser_id,
        calls.outcome = 'answered' as is_answered,
        calls.outcome = 'abandoned' as is_abandoned,
        false as is_callback_request,
        coalesce(calls.queue, 'none') as queue,
        calls.language,
        calls.wait_seconds,
        calls.talk_seconds,
        calls.hold_seconds,
        calls.wrap_seconds,
        calls.transfer_count
    from {{ ref('int_canonical__calls') }} as calls
    left join {{ ref('int_journeys__call_persons') }} as persons
        on calls.call_id = persons.call_id
    where calls.direction in ('inbound', 'outbound')
    union all
    select
        {{ hash_key(["'contact'", 'contacts.contact_id']) }} as interaction_id,
        contacts.contact_channel,
        contacts.direction,
        contacts.occurred_at,
        contacts.ended_at,
        '{{ var("business_time_zone") }}' as time_zone,
        cast(null as varchar) as call_id,
        interactions.person_id,
        contacts.phone_hash,
        contacts.subject_code as reason_code,
        contacts.adviser_id,
        contacts.direction = 'inbound' and coalesce(outcomes.is_answered, contacts.adviser_id is not null)
            as is_answered,
        contacts.direction = 'inbound' and coalesce(outcomes.is_abandoned, false) as is_abandoned,
        callbacks.code is not null as is_callback_request,
        cast(null as varchar) as queue,
        cast(null as varchar) as language,
        case when kinds.kind = 'message' then {{ seconds_between('contacts.occurred_at', 'contacts.ended_at') }} end
            as wait_seconds,
        case when kinds.kind = 'assisted' then {{ seconds_between('contacts.occurred_at', 'contacts.ended_at') }} end
            as talk_seconds,
        cast(null as bigint) as hold_seconds,
        cast(null as bigint) as wrap_seconds,
        cast(null as bigint) as transfer_count
    from {{ ref('int_canonical__contacts') }} as contacts
    left join {{ ref('channel_kinds') }} as kinds
        on contacts.contact_channel = kinds.contact_channel
    left join {{ ref('contact_outcomes') }} as outcomes
        on {{ alias_key('contacts.outcome') }} = outcomes.outcome
    left join {{ ref('trigger_events') }} as callbacks
        on
            callbacks.source = 'contact'
            and callbacks.trigger = 'callback_request'
            and {{ alias_key('contacts.contact_type') }} = callbacks.code
    left join {{ ref('int_journeys__interactions') }} as interactions
        on {{ hash_key(["'contact'", 'contacts.contact_id']) }} = interactions.interaction_id
    where contacts.contact_channel is not null
)

select
    taken.interaction_id,
    taken.contact_channel,
    taken.direction,
    cast(date_trunc('month', {{ utc_to_local('taken.occurred_at', 'taken.time_zone') }}) as date) as month,
    {{ epoch_us('taken.occurred_at') }} as occurred_us,
    {{ epoch_us('taken.ended_at') }} as ended_us,
    taken.call_id,
    taken.person_id,
    taken.phone_hash,
    taken.reason_code,
    taken.adviser_id,
    taken.is_answered,
    taken.is_abandoned,
    taken.is_callback_request,
    taken.is_abandoned and taken.wait_seconds < queues.short_abandon_seconds as is_short_abandon,
    taken.wait_seconds <= queues.threshold_seconds as is_within_threshold,
    case when queues.queue <> 'none' then queues.skill end as queue_skill,
    coalesce(
        queues.language,
        taken.language,
        case when advisers.languages not like '%|%' then nullif(advisers.languages, '') end
    ) as language,
    taken.wait_seconds,
    taken.talk_seconds,
    taken.hold_seconds,
    taken.wrap_seconds,
    taken.transfer_count
from taken
left join {{ ref('int_canonical__queues') }} as queues
    on taken.queue = queues.queue
left join {{ ref('int_canonical__advisers') }} as advisers
    on taken.adviser_id = advisers.adviser_id
