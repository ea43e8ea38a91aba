-- grain: one row per session whose navigation may be linked, with whoever used the device (session_key)
--
-- Consent is asked of the session itself, and of whoever used the device: a person may have refused
-- by a customer number, an address or a telephone number.
select
    entries.session_key,
    entries.session_id,
    members.person_id
from {{ ref('int_journeys__session_entries') }} as entries
inner join {{ ref('int_journeys__session_totals') }} as totals
    on entries.session_key = totals.session_key
left join {{ ref('int_identity__consent_decisions') }} as decisions
    on entries.visitor_id = decisions.visitor_id
left join {{ ref('int_identity__visitor_refusals') }} as refusals
    on entries.visitor_id = refusals.visitor_id
left join {{ ref('int_identity__refused_visits') }} as refused
    on
        entries.visitor_id = refused.visitor_id
        and {{ refused_at('refused', timestamp_from_us('totals.first_event_us')) }}
left join {{ ref('int_identity__consent_periods') }} as periods
    on
        entries.visitor_id = periods.visitor_id
        and {{ epoch_us('periods.starts_at') }} <= totals.first_silent_us
        and totals.last_silent_us < {{ epoch_us('periods.ends_at') }}
left join {{ ref('int_identity__members') }} as members
    on
        members.identifier_type = 'visitor_id'
        and entries.visitor_id = members.identifier_value
        and {{ held_at('members', timestamp_from_us('totals.first_event_us')) }}
where
    {{ consent_in_force('totals', 'periods', 'decisions', 'refusals') }}
    and (
        refused.visitor_id is null
        or {{ linkable_again(
            'refused', timestamp_from_us('totals.first_event_us'), timestamp_from_us('totals.last_event_us')
        ) }}
    )
