-- grain: one row per touch of a number that the person's call followed (event_hash)
--
-- The call comes from the visit itself, or from the person within the hours of the trigger.
with touches as (
    select
        actions.event_hash,
        actions.person_id,
        actions.session_id,
        actions.occurred_us,
        triggers.settle_hours
    from {{ ref('int_e_rebond__web_actions') }} as actions
    inner join {{ ref('e_rebond_triggers') }} as triggers
        on actions.trigger = triggers.trigger
    where actions.trigger = 'click_to_call'
),

calls as (
    select
        persons.person_id,
        {{ epoch_us('calls.started_at') }} as started_us
    from {{ ref('int_canonical__calls') }} as calls
    inner join {{ ref('int_journeys__call_persons') }} as persons
        on calls.call_id = persons.call_id
    where calls.direction = 'inbound' and calls.started_at >= {{ signals_since() }}
),

led as (
    select leases.session_id
    from {{ ref('int_journeys__lease_sessions') }} as leases
    where leases.session_id is not null
)

select distinct touches.event_hash
from touches
left join calls
    on
        touches.person_id = calls.person_id
        -- the clocks of tag and switchboard differ by seconds
        and calls.started_us >= touches.occurred_us - 60000000
        and calls.started_us <= touches.occurred_us + touches.settle_hours * 3600000000
left join led on touches.session_id = led.session_id
where calls.person_id is not null or led.session_id is not null
