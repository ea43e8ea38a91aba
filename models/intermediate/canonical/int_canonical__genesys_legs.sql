-- grain: one row per adviser's session of a voice conversation, and per queue that nobody answered (leg_key)
--
-- A conversation without either, left in a menu for instance, is one leg.
with candidates as (
    select
        *,
        (
            is_adviser and (interacted_at is not null or not is_listening) and not is_consultation
            -- of two advisers who talk to each other, the one who was called
            and (direction != 'internal' or session_direction != 'outbound' or session_direction is null)
        )
        or (purpose = 'voicemail' and interacted_at is not null)
        or (purpose = 'acd' and visit_answered_at is null) as is_own_leg,
        row_number() over (
            partition by conversation_id
            order by started_at, is_adviser, session_key
        ) as session_order
    from {{ ref('int_canonical__genesys_visits') }}
),

chosen as (
    select *
    from (
        select
            *,
            bool_or(is_own_leg) over (partition by conversation_id) as has_own_legs
        from candidates
    ) as marked
    where is_own_leg or (not has_own_legs and session_order = 1)
),

explained as (
    select
        chosen.*,
        disconnect_types.inbound_outcome,
        disconnect_types.outbound_outcome
    from chosen
    left join {{ ref('genesys_disconnect_types') }} as disconnect_types
        on chosen.customer_disconnect_type = disconnect_types.disconnect_type
),

placed as (
    select
        *,
        case
            when is_answered then 'answered'
            when purpose = 'voicemail' then 'voicemail'
            when direction = 'inbound' and is_abandoned then 'abandoned'
            when direction = 'inbound' then coalesce(inbound_outcome, 'abandoned')
            when is_busy_call then 'busy'
            else coalesce(outbound_outcome, 'no_answer')
        end as outcome,
        -- who rings in a queue shares its wait until somebody answers; a later adviser was called in
        case
            when not has_own_legs then conversation_started_at
            when queued_at is null or purpose in ('acd', 'voicemail') then started_at
            when visit_answered_at < coalesce(interacted_at, started_at) then started_at
            else queued_at
        end as entered_at,
        row_number() over (partition by conversation_id order by session_order, session_key) as sequence,
        row_number() over (
            partition by conversation_id
            order by session_order desc, session_key desc
        ) as sequence_from_end
    from explained
),

timed as (
    select
        *,
        case when outcome in ('answered', 'voicemail') then interacted_at end as answered_at,
        -- the call begins before its first queue, and ends when the last party leaves
        case when sequence = 1 then conversation_started_at else entered_at end as leg_started_at,
        case when sequence_from_end = 1 then greatest(call_ended_at, ended_at) else ended_at end as leg_ended_at
    from placed
)

select
    {{ hash_key(["'genesys'", "session_key"]) }} as leg_key,
    'genesys' as source_format,
    coalesce(session_id, session_key) as source_leg_id,
    conversation_id as source_call_id,
    cast(null as varchar) as transferred_from_leg_id,
    cast(sequence as bigint) as sequence,
    direction,
    caller_hash,
    caller_status,
    case when direction != 'internal' or length(dialled_number) <= 6 then dialled_number end as dialled_number,
    least(leg_started_at, leg_ended_at) as started_at,
    least(entered_at, leg_ended_at) as waiting_from_at,
    answered_at,
    leg_ended_at as ended_at,
    outcome,
    coalesce(queue, visit_queue) as queue,
    case when outcome = 'answered' or direction = 'outbound' then adviser_id end as adviser_id,
    coalesce(
        case
            when outcome = 'answered' and interacted_at = visit_answered_at then queue_wait_seconds
            when outcome != 'answered' then abandoned_wait_seconds
        end,
        greatest({{ seconds_between('entered_at', 'coalesce(answered_at, leg_ended_at)') }}, 0)
    ) as wait_seconds,
    case when outcome in ('answered', 'voicemail') then talk_seconds else 0 end as talk_seconds,
    hold_seconds,
    wrap_seconds,
    reason_code,
    cast(null as varchar) as customer_id,
    case when is_answered then transfer_count else 0 end as transfer_count,
    time_zone
from timed
