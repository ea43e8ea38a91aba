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
)

select touches.event_hash
from touches
inner join calls on touches.person_id = calls.person_id
where
    -- the clocks of tag and switchboard differ by seconds
    calls.started_us >= touches.occurred_us - 60000000
    and calls.started_us <= touches.occurred_us + touches.settle_hours * 3600000000
union distinct
select touches.event_hash
from touches
inner join {{ ref('int_journeys__lease_sessions') }} as leases
    on touches.session_id = leases.session_id
