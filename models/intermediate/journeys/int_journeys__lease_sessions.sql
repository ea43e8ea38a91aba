-- grain: one row per call of a certain lease whose visitor may be named, with the visit (call_key)
--
-- Consent is asked of the lease, of the visitor when it was made, of
-- whoever used the device, and of the visit itself.
with refused as (
    select distinct leases.lease_id
    from {{ ref('int_canonical__number_leases') }} as leases
    inner join {{ ref('int_identity__refused_visits') }} as refused
        on leases.visitor_id = refused.visitor_id and {{ refused_at('refused', 'leases.assigned_at') }}
    where not {{ linkable_again('refused', 'leases.assigned_at', 'leases.assigned_at') }}
),

leases as (
    select
        calls.call_key,
        calls.started_us,
        leases.visitor_id,
        leases.tracker_session_id,
        {{ epoch_us('leases.assigned_at') }} as assigned_us,
        least(calls.seen_us, calls.started_us) as sign_us
    from {{ ref('int_journeys__call_leases') }} as calls
    inner join {{ ref('int_canonical__number_leases') }} as leases
        on calls.lease_id = leases.lease_id
    inner join {{ ref('int_identity__linkable_visitors') }} as visitors
        on
            leases.visitor_id = visitors.visitor_id
            and leases.assigned_at >= visitors.linkable_from
            and leases.assigned_at < visitors.linkable_to
    left join refused on leases.lease_id = refused.lease_id
    where
        calls.verdict in ('exact_lease', 'recent_lease')
        and leases.consent_status = 'granted'
        and refused.lease_id is null
),

visits as (
    select
        leases.call_key,
        entries.session_id,
        linkable.session_id is not null as is_linkable
    from leases
    inner join {{ ref('int_journeys__session_entries') }} as entries
        on leases.visitor_id = entries.visitor_id
    inner join {{ ref('int_journeys__session_totals') }} as totals
        on entries.session_key = totals.session_key
    left join {{ ref('int_journeys__session_persons') }} as linkable
        on entries.session_key = linkable.session_key
    where
        entries.tracker_session_id = leases.tracker_session_id
        or (
            totals.first_event_us <= leases.sign_us + {{ var('session_timeout_seconds') * 1000000 }}
            and totals.last_event_us >= leases.assigned_us - {{ var('session_timeout_seconds') * 1000000 }}
        )
    qualify
        row_number() over (
            partition by leases.call_key
            order by
                -- the tracker's own session, else the visit under way at the number's last sign
                case when entries.tracker_session_id = leases.tracker_session_id then 0 else 1 end,
                case when totals.first_event_us <= leases.sign_us then 0 else 1 end,
                abs(totals.first_event_us - leases.sign_us),
                entries.session_id
        ) = 1
)

select
    leases.call_key,
    leases.visitor_id,
    visits.session_id,
    leases.started_us - leases.sign_us as gap_us
from leases
left join visits
    on leases.call_key = visits.call_key
where coalesce(visits.is_linkable, true)
