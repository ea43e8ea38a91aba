-- grain: one row per call of a certain lease made with consent, with the lease's visitor (call_key)
--
-- A lease that names no visitor is of the one whose session it names, where only one has a session of
-- that name: some trackers count sessions by the second.
with certain as (
    select
        calls.call_key,
        calls.started_us,
        leases.visitor_id,
        leases.tracker_session_id,
        leases.assigned_at,
        least(calls.seen_us, calls.started_us) as sign_us
    from {{ ref('int_journeys__call_leases') }} as calls
    inner join {{ ref('int_canonical__number_leases') }} as leases
        on calls.lease_id = leases.lease_id
    where
        calls.verdict in ('exact_lease', 'recent_lease')
        and leases.consent_status = 'granted'
),

nameless as (
    select distinct tracker_session_id
    from certain
    where visitor_id is null and tracker_session_id is not null
),

owners as (
    select
        nameless.tracker_session_id,
        min(entries.visitor_id) as visitor_id
    from nameless
    inner join {{ ref('int_journeys__session_entries') }} as entries
        on nameless.tracker_session_id = entries.tracker_session_id
    group by nameless.tracker_session_id
    having count(distinct entries.visitor_id) = 1 and count(*) = count(entries.visitor_id)
)

select
    certain.call_key,
    certain.started_us,
    coalesce(certain.visitor_id, owners.visitor_id) as visitor_id,
    certain.tracker_session_id,
    certain.assigned_at,
    certain.sign_us
from certain
left join owners
    on certain.tracker_session_id = owners.tracker_session_id
