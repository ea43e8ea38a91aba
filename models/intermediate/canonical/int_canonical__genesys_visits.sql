-- grain: one row per voice session of an ended conversation, with its visit to a queue (session_key)
--
-- A visit begins when the call enters a queue (purpose acd) and holds the advisers whom it rang;
-- visit 0 is what came before any queue.
with participants as (
    select
        *,
        coalesce(adviser_id, cast(participant_number as varchar)) as adviser_key
    from {{ ref('int_canonical__genesys_sessions') }}
),

people as (
    select
        *,
        purpose in ('agent', 'user') as is_adviser,
        bool_or(purpose in ('customer', 'external')) over (partition by conversation_id) as has_customer,
        coalesce(bool_or(purpose in ('customer', 'external') and interacted_at is not null) over (
            partition by conversation_id
        ), false) as has_talking_customer,
        max(case when purpose in ('customer', 'external') then disconnect_type end) over (
            partition by conversation_id
        ) as customer_disconnect_type,
        max(ended_at) over (partition by conversation_id) as call_ended_at,
        bool_or(abandoned_wait_seconds is not null) over (partition by conversation_id) as is_abandoned,
        bool_or(is_busy) over (partition by conversation_id) as is_busy_call,
        bool_or(purpose in ('agent', 'user') and session_direction = 'outbound') over (
            partition by conversation_id
        ) and bool_or(purpose in ('agent', 'user') and session_direction = 'inbound') over (
            partition by conversation_id
        ) as has_advisers_on_both_sides,
        -- an adviser who is in the call already and dials asks somebody, while the caller is on hold
        coalesce(purpose in ('agent', 'user') and session_direction = 'outbound' and started_at > min(
            case when purpose in ('agent', 'user') then interacted_at end
        ) over (partition by conversation_id, adviser_key), false) as is_consultation
    from participants
),

visits as (
    select
        *,
        -- whom we call out must have taken the call too
        is_adviser and not is_consultation and interacted_at is not null
        and (direction = 'inbound' or has_talking_customer or not has_customer) as is_answered,
        count(case when purpose = 'acd' then 1 end) over (
            partition by conversation_id
            order by started_at, is_adviser, session_key
            rows between unbounded preceding and current row
        ) as visit
    from people
)

select
    session_key,
    conversation_id,
    session_id,
    session_direction,
    -- advisers among themselves
    case when has_advisers_on_both_sides and not has_customer then 'internal' else direction end as direction,
    caller_hash,
    caller_status,
    dialled_number,
    conversation_started_at,
    purpose,
    adviser_id,
    queue,
    started_at,
    interacted_at,
    ended_at,
    answered_wait_seconds,
    abandoned_wait_seconds,
    talk_seconds,
    hold_seconds,
    wrap_seconds,
    -- Genesys may note the transfer on the consultation that came before it
    greatest(transfer_count, coalesce(max(case when is_consultation then transfer_count end) over (
        partition by conversation_id, adviser_key
    ), 0)) as transfer_count,
    disconnect_type,
    is_busy,
    is_listening,
    reason_code,
    time_zone,
    is_adviser,
    is_consultation,
    has_customer,
    has_talking_customer,
    customer_disconnect_type,
    call_ended_at,
    is_abandoned,
    is_busy_call,
    is_answered,
    visit,
    case
        when visit > 0
            then min(case when purpose = 'acd' then started_at end) over (partition by conversation_id, visit)
    end as queued_at,
    max(case when purpose = 'acd' then queue end) over (partition by conversation_id, visit) as visit_queue,
    max(case when purpose = 'acd' then answered_wait_seconds end) over (
        partition by conversation_id, visit
    ) as queue_wait_seconds,
    min(case when is_answered then interacted_at end) over (
        partition by conversation_id, visit
    ) as visit_answered_at
from visits
