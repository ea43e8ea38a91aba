-- grain: one row per visitor, login, e-mail address, number and half hour of navigation that may be linked
--
-- Consent is read at each event's time: what the tag says; where it is silent, the CRM's period, else
-- the source's stated legal basis unless the CRM knew a decision by then. Where the tag says that it
-- doesn't know, only the CRM can. A refusal removes what came before it; unknown means no.
with events as (
    select
        visitor_id,
        login_key,
        email_hash,
        phone_hash,
        occurred_at,
        consent_status,
        has_legal_basis
    from {{ ref('int_canonical__web_events') }}
    where visitor_id is not null and not is_bot
),

linkable as (
    select
        events.visitor_id,
        events.login_key,
        events.email_hash,
        events.phone_hash,
        events.occurred_at
    from events
    left join {{ ref('int_identity__visitor_refusals') }} as refusals
        on events.visitor_id = refusals.visitor_id
    left join {{ ref('int_identity__consent_decisions') }} as decisions
        on events.visitor_id = decisions.visitor_id
    left join {{ ref('int_identity__consent_periods') }} as periods
        on
            events.visitor_id = periods.visitor_id
            and events.occurred_at >= periods.starts_at
            and events.occurred_at < periods.ends_at
    where
        coalesce(events.occurred_at >= refusals.refused_at, true)
        and (
            events.consent_status = 'granted'
            or (
                coalesce(events.consent_status = 'unknown', true)
                and (
                    periods.visitor_id is not null
                    or (
                        events.consent_status is null
                        and events.has_legal_basis
                        and coalesce(decisions.first_decided_at > events.occurred_at, true)
                    )
                )
            )
        )
)

select
    visitor_id,
    login_key,
    email_hash,
    phone_hash,
    {{ truncate_half_hour('occurred_at') }} as half_hour_at,
    min(occurred_at) as first_seen_at,
    max(occurred_at) as last_seen_at,
    count(*) as event_count
from linkable
group by visitor_id, login_key, email_hash, phone_hash, {{ truncate_half_hour('occurred_at') }}
