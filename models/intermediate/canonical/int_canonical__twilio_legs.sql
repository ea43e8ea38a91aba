-- grain: one row per ended leg of Twilio's ended calls (leg_key)
--
-- A leg that dialled others is a greeting: the call is answered where one of them was. Legs of a
-- call whose first leg is still open are no call yet.
with legs as (
    select
        legs.*,
        statuses.is_final,
        statuses.inbound_outcome,
        statuses.outbound_outcome,
        coalesce(chains.root_leg_id, legs.leg_id) as source_call_id,
        coalesce(chains.depth, 0) as depth
    from {{ ref('stg_call_records__twilio') }} as legs
    inner join {{ ref('twilio_statuses') }} as statuses on legs.status = statuses.status
    left join {{ ref('int_canonical__twilio_chains') }} as chains on legs.leg_id = chains.leg_id
),

parents as (
    select
        parent_leg_id as leg_id,
        -- whom an adviser's own call, or a program's, went to in the end
        min_by(
            called_hash, lpad(cast({{ epoch_us('started_at') }} as varchar), 20, '0') || leg_id
        ) filter (where called_hash is not null) as child_called_hash
    from legs
    where parent_leg_id is not null
    group by parent_leg_id
),

placed as (
    select
        legs.*,
        parents.leg_id is not null as has_children,
        parents.child_called_hash,
        case
            -- TaskRouter and Flex ring the adviser apart from the caller's call; who is rung first
            -- and then dials somebody calls out
            when roots.rings_adviser and root_calls.child_called_hash is null then 'internal'
            else coalesce(roots.direction, legs.direction)
        end as call_direction,
        roots.calling_adviser_id as root_adviser_id
    from legs
    left join parents on legs.leg_id = parents.leg_id
    left join legs as roots on legs.source_call_id = roots.leg_id
    left join parents as root_calls on legs.source_call_id = root_calls.leg_id
    where legs.is_final and coalesce(roots.is_final, true)
),

settled as (
    select
        *,
        coalesce(ended_at, {{ add_seconds('started_at', 'coalesce(duration_seconds, 0)') }}) as closed_at,
        case
            when status = 'completed' and duration_seconds > 0 and not has_children
                then case
                    when answered_by like 'machine%' or answered_by = 'fax' then 'voicemail'
                    else 'answered'
                end
            when call_direction = 'inbound' then inbound_outcome
            else outbound_outcome
        end as outcome
    from placed
),

timed as (
    select
        *,
        -- the duration runs from the answer to the end
        case
            when outcome in ('answered', 'voicemail') then least(
                greatest({{ add_seconds('closed_at', '-duration_seconds') }}, started_at), closed_at
            )
        end as answered_at
    from settled
)

select
    {{ hash_key(["'twilio'", "leg_id"]) }} as leg_key,
    'twilio' as source_format,
    leg_id as source_leg_id,
    source_call_id,
    cast(null as varchar) as transferred_from_leg_id,
    cast(depth as bigint) as sequence,
    call_direction as direction,
    caller_hash,
    caller_status,
    case
        when call_direction = 'outbound' then coalesce(called_hash, child_called_hash)
        when depth = 0 then dialled_number
        else called_hash
    end as dialled_number,
    started_at,
    case when not has_children then started_at end as waiting_from_at,
    answered_at,
    greatest(closed_at, started_at) as ended_at,
    outcome,
    cast(null as varchar) as queue,
    case
        when outcome = 'answered' then coalesce(called_adviser_id, root_adviser_id)
        when call_direction = 'outbound' then root_adviser_id
    end as adviser_id,
    coalesce(
        case when call_direction = 'inbound' then nullif(queue_seconds, 0) end,
        {{ seconds_between('started_at', 'coalesce(answered_at, greatest(closed_at, started_at))') }}
    ) as wait_seconds,
    case when outcome in ('answered', 'voicemail') then duration_seconds else 0 end as talk_seconds,
    cast(null as bigint) as hold_seconds,
    cast(null as bigint) as wrap_seconds,
    cast(null as varchar) as reason_code,
    cast(null as varchar) as customer_id,
    cast(null as bigint) as transfer_count,
    time_zone
from timed
