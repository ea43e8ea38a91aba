-- grain: one row per inbound call of a number that had been lent before (call_key)
with moments as (
    select
        number_key,
        assigned_us as moment_us,
        turn,
        cast(null as bigint) as call_key
    from {{ ref('int_canonical__lease_turns') }}
    union all
    select
        {{ narrow_hash(['calls.dialled_number']) }} as number_key,
        {{ epoch_us('calls.started_at') }} as moment_us,
        cast(null as bigint) as turn,
        {{ key_bits('calls.call_id') }} as call_key
    from {{ ref('int_canonical__calls') }} as calls
    where
        calls.direction = 'inbound'
        and calls.started_at is not null
        and {{ narrow_hash(['calls.dialled_number']) }} in (
            select leases.number_key from {{ ref('int_canonical__lease_turns') }} as leases
            where leases.turn = 1
        )
),

placed as (
    select
        call_key,
        number_key,
        moment_us,
        -- of a lease and a call at the same moment, the lease comes first
        max(turn) over (
            partition by number_key
            order by moment_us, turn nulls last, call_key
            rows between unbounded preceding and current row
        ) as turn
    from moments
)

select
    call_key,
    number_key,
    moment_us as started_us,
    turn
from placed
where call_key is not null and turn is not null
