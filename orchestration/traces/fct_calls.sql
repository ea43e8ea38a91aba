-- $1: call_id. A call is its legs, its transfers, and what was noted and said of it.
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
    where calls.call_id = any($1)
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
),

told as (
    select 'wrap_up' as role, 'wrap_ups' as format, source_call_id, row_id
    from staging.stg_call_records__wrap_ups
    union all
    select 'transcript', 'transcripts', source_call_id, row_id
    from staging.stg_call_records__transcripts
)

select 'leg' as role, 'call_records/' || delivered.source_format as source, delivered.row_id
from delivered
where exists (
    select 1
    from legs
    where
        legs.source_format = delivered.source_format
        and delivered.source_id in (legs.source_leg_id, legs.source_call_id)
)
union all
select told.role, 'call_records/' || told.format, told.row_id
from told
where exists (
    select 1
    from legs
    where told.source_call_id in (legs.source_leg_id, legs.source_call_id)
)
