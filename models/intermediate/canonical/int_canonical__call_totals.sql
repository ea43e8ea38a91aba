-- grain: one row per call: what the switchboard says of its legs, rolled up (call_id)
with legs as (
    select
        call_legs.*,
        chains.source_leg_id is not null as is_chained,
        coalesce(chains.position, 0) as position,
        coalesce(call_legs.source_call_id, chains.root_leg_id, call_legs.source_leg_id) as call_key
    from {{ ref('int_canonical__call_legs') }} as call_legs
    left join {{ ref('int_canonical__transfer_chains') }} as chains
        on
            call_legs.source_format = chains.source_format
            and case when call_legs.source_call_id is null then call_legs.source_leg_id end = chains.source_leg_id
),

numbered as (
    select
        *,
        row_number() over (
            partition by source_format, call_key
            order by position, started_at, sequence nulls last, leg_key
        ) as leg_number,
        row_number() over (
            partition by source_format, call_key, outcome = 'answered'
            order by position, started_at, sequence nulls last, leg_key
        ) as number_in_outcome,
        row_number() over (
            partition by source_format, call_key, outcome = 'answered'
            order by position desc, started_at desc, sequence desc nulls first, leg_key desc
        ) as number_from_end
    from legs
),

calls as (
    select
        source_format,
        call_key as source_call_id,
        min(started_at) as started_at,
        max(ended_at) as ended_at,
        -- the menu is no wait: the clock starts with the first leg that may reach a person
        coalesce(min(waiting_from_at), min(started_at)) as waited_from,
        count(*) as leg_count,
        count(*) filter (where outcome = 'answered') as answered_leg_count,
        bool_or(is_chained) as is_chained,
        sum(transfer_count) as named_transfer_count,
        min(answered_at) filter (
            where outcome = 'answered' and number_in_outcome = 1
        ) as answered_at,
        min(answered_at) filter (where outcome = 'voicemail') as message_at,
        -- a greeting or a menu after the last try to reach a person is no wait either
        max(ended_at) filter (where waiting_from_at is not null) as waited_until,
        max(adviser_id) filter (where outcome = 'answered' and number_from_end = 1) as adviser_id,
        min_by(adviser_id, leg_number) filter (
            where direction = 'outbound' and adviser_id is not null
        ) as calling_adviser_id,
        max(reason_code) filter (
            where outcome = 'answered' and number_from_end = 1
        ) as answered_reason_code,
        max(outcome) filter (where leg_number = 1) as first_outcome,
        max(outcome) filter (where outcome != 'answered' and number_from_end = 1)
            as last_unanswered_outcome,
        max(direction) filter (where leg_number = 1) as direction,
        max(caller_hash) filter (where leg_number = 1) as caller_hash,
        max(caller_status) filter (where leg_number = 1) as caller_status,
        max(dialled_number) filter (where leg_number = 1) as dialled_number,
        max(time_zone) filter (where leg_number = 1) as time_zone,
        max(wait_seconds) filter (where leg_number = 1) as first_wait_seconds,
        max(reason_code) filter (where leg_number = 1) as first_reason_code,
        max(customer_id) filter (where leg_number = 1) as first_customer_id,
        max(customer_id) as any_customer_id,
        min_by(queue, leg_number) filter (where queue is not null) as first_queue,
        cast(sum(talk_seconds) as bigint) as talk_seconds,
        cast(sum(hold_seconds) as bigint) as hold_seconds,
        cast(sum(wrap_seconds) as bigint) as wrap_seconds
    from numbered
    group by source_format, call_key
)

select
    {{ hash_key(['source_format', 'source_call_id']) }} as call_id,
    source_format,
    source_call_id,
    direction,
    caller_hash,
    caller_status,
    dialled_number,
    started_at,
    answered_at,
    ended_at,
    -- what the caller waited for the first answer: the queue's own figure where the first leg was
    -- answered, as it leaves the menu out; the clock where another leg was. Who leaves a message
    -- waits no longer
    case
        when leg_count = 1 or first_outcome = 'answered' then first_wait_seconds
        else {{ seconds_between('waited_from', 'coalesce(answered_at, message_at, waited_until, ended_at)') }}
    end as wait_seconds,
    talk_seconds,
    hold_seconds,
    wrap_seconds,
    case when answered_leg_count > 0 then 'answered' else last_unanswered_outcome end as outcome,
    -- where the call came in: the first queue that it entered
    first_queue as queue,
    -- who calls out is known without an answer
    coalesce(adviser_id, case when direction = 'outbound' then calling_adviser_id end) as adviser_id,
    coalesce(answered_reason_code, first_reason_code) as reason_code,
    coalesce(first_customer_id, any_customer_id) as customer_id,
    leg_count,
    -- a source that names transfers counts them; every answer after the first is one in any case
    cast(case
        when is_chained then leg_count - 1
        else greatest(answered_leg_count - 1, coalesce(named_transfer_count, 0))
    end as bigint) as transfer_count,
    time_zone
from calls
