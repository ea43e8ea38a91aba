-- grain: one row per call of a certain lease whose visitor may be named, with the visit (call_key)
--
-- Consent is asked of the lease, of the visitor when it was made, of whoever used the device, and of
-- the visit itself. Numbers are often shown before the first tag is sent: a lease made so shortly
-- before a visit belongs to it, and the visit's consent speaks for the visitor.
{%- set timeout_us = var('session_timeout_seconds') * 1000000 %}
with refused as (
    select distinct leases.call_key
    from {{ ref('int_journeys__named_leases') }} as leases
    inner join {{ ref('int_identity__refused_visits') }} as refused
        on leases.visitor_id = refused.visitor_id and {{ refused_at('refused', 'leases.assigned_at') }}
    where not {{ linkable_again('refused', 'leases.assigned_at', 'leases.assigned_at') }}
),

leases as (
    select
        leases.call_key,
        leases.started_us,
        leases.visitor_id,
        leases.tracker_session_id,
        {{ epoch_us('leases.assigned_at') }} as assigned_us,
        leases.sign_us,
        leases.assigned_at >= visitors.linkable_from as is_linkable
    from {{ ref('int_journeys__named_leases') }} as leases
    inner join {{ ref('int_identity__linkable_visitors') }} as visitors
        on
            leases.visitor_id = visitors.visitor_id
            and leases.assigned_at < visitors.linkable_to
    left join {{ ref('int_identity__visitor_refusals') }} as refusals
        on leases.visitor_id = refusals.visitor_id
    left join refused on leases.call_key = refused.call_key
    where
        refused.call_key is null
        -- a refusal after the lease takes it away, even if a consent follows
        and (
            leases.assigned_at >= visitors.linkable_from
            or coalesce(leases.assigned_at >= refusals.refused_at, true)
        )
),

visits as (
    select
        leases.call_key,
        entries.session_id,
        totals.first_event_us,
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
            totals.first_event_us <= leases.sign_us + {{ timeout_us }}
            and totals.last_event_us >= leases.assigned_us - {{ timeout_us }}
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
where
    coalesce(visits.is_linkable, true)
    and (leases.is_linkable or visits.first_event_us - leases.assigned_us <= {{ timeout_us }})
