-- $1: queue, $2: half_hour_at (UTC). The calls that came in, and the shifts that could take them.
with legs as (
    select call_legs.*
    from intermediate.int_canonical__call_legs as call_legs
    left join intermediate.int_canonical__transfer_chains as chains
        on
            call_legs.source_format = chains.source_format
            and call_legs.source_leg_id = chains.source_leg_id
            and call_legs.source_call_id is null
    inner join intermediate.int_canonical__calls as calls
        on
            call_legs.source_format = calls.source_format
            and coalesce(
                call_legs.source_call_id, chains.root_leg_id, call_legs.source_leg_id
            ) = calls.source_call_id
    where
        calls.direction = 'inbound'
        and coalesce(calls.queue, 'none') = $1
        and calls.started_at >= cast($2 as timestamp)
        and calls.started_at < cast($2 as timestamp) + interval 30 minute
),

delivered as (
    select 'asterisk' as source_format, source_call_id as source_id, row_id
    from staging.stg_call_records__asterisk
    union all
    select 'flat', call_id, row_id from staging.stg_call_records__flat
    union all
    select 'twilio', leg_id, row_id from staging.stg_call_records__twilio
    union all
    select 'genesys', conversation_id, row_id from staging.stg_call_records__genesys
)

select 'call' as role, 'call_records/' || delivered.source_format as source, delivered.row_id
from delivered
where exists (
    select 1
    from legs
    where
        legs.source_format = delivered.source_format
        and delivered.source_id in (legs.source_leg_id, legs.source_call_id)
)
union all
select 'shift', 'crm/shifts', shifts.row_id
from staging.stg_crm__shifts as shifts
inner join staging.stg_crm__advisers as advisers on shifts.adviser_id = advisers.adviser_id
inner join intermediate.int_canonical__queues as queues
    on list_contains(string_split(advisers.skills, '|'), queues.skill)
where
    queues.queue = $1
    and shifts.starts_at < cast($2 as timestamp) + interval 30 minute
    and shifts.ends_at > cast($2 as timestamp)
