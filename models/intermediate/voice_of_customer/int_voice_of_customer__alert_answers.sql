-- grain: one row per alert that was answered, with the first answer (grievance_id)
--
-- An answer is the published reply, the case's closing, or our first call that was taken, message or
-- meeting with the person, canvassing aside.
with outreach as (
    select
        interactions.person_id,
        interactions.occurred_at
    from {{ ref('int_journeys__interactions') }} as interactions
    left join {{ ref('int_canonical__calls') }} as calls
        on interactions.call_id = calls.call_id
    where
        interactions.person_id is not null
        and interactions.direction = 'outbound'
        and interactions.source in ('call', 'contact')
        and coalesce(interactions.journey_stage, '') not in ('discover', 'buy')
        and (interactions.source = 'contact' or calls.outcome = 'answered')
),

contacted as (
    select
        grievances.grievance_id,
        min(outreach.occurred_at) as contacted_at
    from {{ ref('int_voice_of_customer__grievances') }} as grievances
    inner join outreach
        on grievances.person_id = outreach.person_id and grievances.raised_at < outreach.occurred_at
    where grievances.is_alert
    group by grievances.grievance_id
)

select
    grievances.grievance_id,
    least(
        coalesce(grievances.answered_at, contacted.contacted_at),
        coalesce(contacted.contacted_at, grievances.answered_at)
    ) as closed_at,
    case
        when contacted.contacted_at is null or grievances.answered_at <= contacted.contacted_at
            then case grievances.source when 'case' then 'case_closed' else 'reply' end
        else 'contact'
    end as closed_by
from {{ ref('int_voice_of_customer__grievances') }} as grievances
left join contacted on grievances.grievance_id = contacted.grievance_id
where
    grievances.is_alert
    and (grievances.answered_at is not null or contacted.contacted_at is not null)
