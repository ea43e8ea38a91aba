-- grain: one row per alert that was answered, with the first answer (grievance_id)
--
-- An answer is the published reply, the case's closing, or our first call that was taken, message or
-- meeting with the person, canvassing aside. A reply dated before the complaint answered something else;
-- a case closed before it was opened is closed all the same.
with alerts as (
    select
        grievance_id,
        source,
        person_id,
        raised_at,
        case
            when answered_at >= raised_at then answered_at
            when answered_at is not null and source = 'case' then raised_at
        end as answered_at
    from {{ ref('int_voice_of_customer__grievances') }}
    where is_alert
),

outreach as (
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
        alerts.grievance_id,
        min(outreach.occurred_at) as contacted_at
    from alerts
    inner join outreach
        on alerts.person_id = outreach.person_id and alerts.raised_at < outreach.occurred_at
    group by alerts.grievance_id
)

select
    alerts.grievance_id,
    least(
        coalesce(alerts.answered_at, contacted.contacted_at),
        coalesce(contacted.contacted_at, alerts.answered_at)
    ) as closed_at,
    case
        when contacted.contacted_at is null or alerts.answered_at <= contacted.contacted_at
            then case alerts.source when 'case' then 'case_closed' else 'reply' end
        else 'contact'
    end as closed_by
from alerts
left join contacted on alerts.grievance_id = contacted.grievance_id
where alerts.answered_at is not null or contacted.contacted_at is not null
