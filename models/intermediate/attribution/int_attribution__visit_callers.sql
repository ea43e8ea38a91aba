-- grain: one row per visit from which a known person called by its voice cookie (session_id)
--
-- The lease is certain, and consent was asked of lease, visitor and visit. Several people may call
-- from one visit: it counts for the first of them.
select
    session_id,
    person_id
from (
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
    left join {{ ref('int_journeys__refused_calls') }} as refused
        on calls.call_id = refused.call_id
    where linked.session_id is not null and refused.call_id is null
) as called
where place = 1
