-- grain: one row per visit of a person, with the first call and the first visit to a branch that
-- followed (session_id)
--
-- A call follows that the same person made, or whoever had the visit's voice cookie.
with visits as (
    select
        session_id,
        person_id,
        occurred_at
    from {{ ref('int_journeys__interactions') }}
    where source = 'session' and person_id is not null
),

sequels as (
    select
        person_id,
        contact_channel,
        occurred_at
    from {{ ref('int_journeys__interactions') }}
    where
        person_id is not null
        and direction = 'inbound'
        and (source = 'call' or (source = 'contact' and contact_channel = 'branch'))
),

cookie_calls as (
    select
        linked.session_id,
        min(calls.started_at) as called_at
    from {{ ref('int_journeys__lease_sessions') }} as linked
    inner join {{ ref('int_canonical__calls') }} as calls
        on linked.call_key = {{ key_bits('calls.call_id') }}
    left join {{ ref('int_journeys__refused_calls') }} as refused
        on calls.call_id = refused.call_id
    where linked.session_id is not null and refused.call_id is null
    group by linked.session_id
),

followed as (
    select
        visits.session_id,
        visits.person_id,
        visits.occurred_at,
        min(case
            when
                sequels.contact_channel = 'phone'
                and sequels.occurred_at <= {{ add_seconds('visits.occurred_at', var('web_to_call_hours') * 3600) }}
                then sequels.occurred_at
        end) as call_at,
        min(case
            when
                sequels.contact_channel = 'branch'
                and sequels.occurred_at <= {{ add_seconds('visits.occurred_at', var('web_to_branch_hours') * 3600) }}
                then sequels.occurred_at
        end) as branch_at
    from visits
    left join sequels
        on
            visits.person_id = sequels.person_id
            and visits.occurred_at <= sequels.occurred_at
            and sequels.occurred_at <= {{ add_seconds(
                'visits.occurred_at', 3600 * [var('web_to_call_hours'), var('web_to_branch_hours')] | max
            ) }}
    group by visits.session_id, visits.person_id, visits.occurred_at
)

select
    followed.session_id,
    followed.person_id,
    followed.occurred_at,
    least(followed.call_at, cookie_calls.called_at) as call_at,
    followed.branch_at
from followed
left join cookie_calls
    on
        followed.session_id = cookie_calls.session_id
        and cookie_calls.called_at
        <= {{ add_seconds('followed.occurred_at', var('web_to_call_hours') * 3600) }}
