-- grain: one row per inbound call that no lease explains, of a known caller with a visit near it (call_id)
--
-- Of the visits that may be linked: the last one begun before the call, and the first one after it.
with callers as (
    select
        calls.call_id,
        persons.person_id,
        {{ epoch_us('calls.started_at') }} as started_us
    from {{ ref('int_canonical__calls') }} as calls
    inner join {{ ref('int_journeys__call_persons') }} as persons
        on calls.call_id = persons.call_id
    left join {{ ref('int_journeys__lease_sessions') }} as leases
        on {{ key_bits('calls.call_id') }} = leases.call_key
    left join {{ ref('int_journeys__refused_calls') }} as refused
        on calls.call_id = refused.call_id
    where calls.direction = 'inbound' and leases.call_key is null and refused.call_id is null
),

visits as (
    select
        persons.person_id,
        totals.first_event_us
    from {{ ref('int_journeys__session_persons') }} as persons
    inner join {{ ref('int_journeys__session_totals') }} as totals
        on persons.session_key = totals.session_key
    where persons.person_id is not null and not totals.is_bot
)

select
    callers.call_id,
    callers.person_id,
    callers.started_us,
    max(case when visits.first_event_us <= callers.started_us then visits.first_event_us end) as last_visit_us,
    min(case when visits.first_event_us > callers.started_us then visits.first_event_us end) as next_visit_us
from callers
inner join visits
    on
        callers.person_id = visits.person_id
        and visits.first_event_us > callers.started_us - {{ var('identity_link_minutes') * 60000000 }}
        and visits.first_event_us < callers.started_us + {{ var('identity_link_minutes') * 60000000 }}
group by callers.call_id, callers.person_id, callers.started_us
