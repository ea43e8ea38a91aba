-- grain: one row per leg of Asterisk's calls (leg_key)
with lent_numbers as (
    select
        own_number_hash,
        max(own_number) as own_number
    from {{ ref('int_canonical__number_leases') }}
    where own_number_hash is not null
    group by own_number_hash
),

asterisk as (
    select
        {{ hash_key(["'asterisk'", "legs.leg_id"]) }} as leg_key,
        'asterisk' as source_format,
        legs.source_call_id as source_leg_id,
        legs.source_call_id,
        cast(null as varchar) as transferred_from_leg_id,
        legs.sequence,
        legs.direction,
        legs.caller_hash,
        legs.caller_status,
        -- a number that was lent is ours, whatever the dial plan says
        coalesce(
            case when legs.direction = 'inbound' then lent_numbers.own_number end, legs.dialled_number
        ) as dialled_number,
        legs.started_at,
        case
            when
                dispositions.outcome = 'answered'
                and not legs.is_left_in_queue and not legs.is_menu
                then legs.answered_at
        end as answered_at,
        legs.ended_at,
        case
            -- the queue application answers the line before anybody speaks
            when legs.is_left_in_queue then 'abandoned'
            -- a greeting takes the line too: who hears nothing else left in the menu
            when legs.is_menu then 'abandoned'
            when dispositions.outcome = 'answered' and legs.application = 'voicemail'
                then 'voicemail'
            else coalesce(dispositions.outcome, 'failed')
        end as outcome,
        legs.queue,
        legs.adviser_id,
        legs.duration_seconds,
        legs.billed_seconds,
        cast(null as bigint) as wait_seconds,
        cast(null as bigint) as hold_seconds,
        cast(null as bigint) as wrap_seconds,
        cast(null as varchar) as reason_code,
        cast(null as varchar) as customer_id,
        legs.is_menu,
        legs.time_zone
    from (
        select
            *,
            not has_destination and coalesce(application in (
                select menus.application from {{ ref('asterisk_applications') }} as menus
                where menus.role = 'menu'
            ), false) as is_menu,
            coalesce(
                direction = 'inbound' and application = 'queue'
                and (disposition != 'ANSWERED' or not has_destination),
                false
            ) as is_left_in_queue
        from {{ ref('stg_call_records__asterisk') }}
    ) as legs
    left join {{ ref('asterisk_dispositions') }} as dispositions
        on legs.disposition = dispositions.disposition
    left join lent_numbers
        on legs.dialled_number = lent_numbers.own_number_hash
)

select
    leg_key,
    source_format,
    source_leg_id,
    source_call_id,
    transferred_from_leg_id,
    sequence,
    direction,
    caller_hash,
    caller_status,
    dialled_number,
    started_at,
    case when not is_menu then started_at end as waiting_from_at,
    answered_at,
    ended_at,
    outcome,
    queue,
    case when outcome = 'answered' or direction = 'outbound' then adviser_id end as adviser_id,
    coalesce({{ seconds_between('started_at', 'answered_at') }}, duration_seconds) as wait_seconds,
    case when outcome in ('answered', 'voicemail') then billed_seconds else 0 end as talk_seconds,
    hold_seconds,
    wrap_seconds,
    reason_code,
    customer_id,
    cast(null as bigint) as transfer_count,
    time_zone
from asterisk
