-- grain: one row per visit of a stranger from which a known person called by its voice cookie (session_id)
--
-- The lease is certain, and consent was asked of lease, visitor and visit. A visit whose person is
-- known by more than their devices stays theirs. Several people may call from one visit: it counts
-- for the first of them.
with known_persons as (
    select distinct person_id
    from {{ ref('int_identity__members') }}
    where identifier_type <> 'visitor_id'
),

callers as (
    select
        linked.session_id,
        persons.person_id,
        row_number() over (
            partition by linked.session_id order by calls.started_at, calls.call_id
        ) as place
    from {{ ref('int_journeys__lease_sessions') }} as linked
    inner join {{ ref('int_canonical__calls') }} as calls
        on linked.call_key = {{ key_bits('calls.call_id') }}
    inner join {{ ref('int_journeys__call_persons') }} as persons
        on calls.call_id = persons.call_id
    inner join known_persons
        on persons.person_id = known_persons.person_id
    left join {{ ref('int_journeys__refused_calls') }} as refused
        on calls.call_id = refused.call_id
    where linked.session_id is not null and refused.call_id is null
)

select
    callers.session_id,
    callers.person_id
from callers
inner join {{ ref('int_journeys__session_persons') }} as visits
    on callers.session_id = visits.session_id
left join known_persons
    on visits.person_id = known_persons.person_id
where callers.place = 1 and known_persons.person_id is null
