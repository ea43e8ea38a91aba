-- grain: one row per visit of a person, with the first call and the first visit to a branch that
-- followed (session_id)
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
)

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
