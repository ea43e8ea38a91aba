-- grain: one row per inbound call that no lease explains and that likely came of its caller's last
-- visit (call_id)
with callers as (
    select
        call_id,
        person_id,
        started_us,
        last_visit_us,
        {{ delay_class('started_us - last_visit_us') }} as delay_class
    from {{ ref('int_journeys__caller_visits') }}
    where last_visit_us is not null
)

select
    callers.call_id,
    persons.session_id,
    entries.visitor_id,
    delays.caused_rate,
    greatest(callers.started_us - totals.last_event_us, 0) as gap_us
from callers
inner join {{ ref('int_journeys__visit_delays') }} as delays
    on callers.delay_class = delays.delay_class
inner join {{ ref('int_journeys__session_persons') }} as persons
    on callers.person_id = persons.person_id
inner join {{ ref('int_journeys__session_totals') }} as totals
    on
        persons.session_key = totals.session_key
        and callers.last_visit_us = totals.first_event_us
        and not totals.is_bot
inner join {{ ref('int_journeys__session_entries') }} as entries
    on persons.session_key = entries.session_key
where delays.caused_rate >= {{ var('identity_link_from') }}
qualify row_number() over (partition by callers.call_id order by persons.session_id) = 1
