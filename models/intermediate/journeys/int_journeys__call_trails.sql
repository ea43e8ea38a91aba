-- grain: one row per inbound call of a lent number, its recent holders' delays in one number (call_key)
--
-- The trail says all that weighing needs, so that weights are computed once for each distinct trail,
-- not for each of the many pairs of a call and a holder.
with delays as (
    select
        calls.call_key,
        places.unit,
        {{ delay_class('calls.started_us - leases.seen_us') }} as delay_class
    from {{ ref('int_canonical__call_turns') }} as calls
    cross join {{ holder_places() }} as places
    inner join {{ ref('int_canonical__lease_turns') }} as leases
        on
            calls.number_key = leases.number_key
            and calls.turn - places.place = leases.turn
    where
        calls.started_us - leases.seen_us < {{ delay_horizon_us() }}
        and coalesce(leases.renewed_us > calls.started_us, true)
),

trails as (
    select
        call_key,
        cast(sum(delay_class * unit) as bigint) as trail
    from delays
    group by call_key
)

select
    calls.call_key,
    calls.number_key,
    calls.turn,
    calls.started_us,
    numbers.pool_id,
    coalesce(trails.trail, 0) as trail
from {{ ref('int_canonical__call_turns') }} as calls
inner join {{ ref('int_journeys__pool_numbers') }} as numbers
    on calls.number_key = numbers.number_key
left join trails
    on calls.call_key = trails.call_key
