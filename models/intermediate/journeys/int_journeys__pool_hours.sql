-- grain: one row per pool and hour in which a visitor held or was to hold a number of it (pool_id, hour_at)
--
-- A visitor who got the number of last resort wanted a number as well, for as long as that was shown.
--
-- A release in the year 9999 means that there was none yet: the lease ends with its last sign. One that
-- is still too long is dated wrongly, and would be millions of hours.
{%- set longest_us = (var('lease_longest_days') * 86400000000) | int %}
with leases as (
    select
        numbers.pool_id,
        coalesce(leases.reason = 'overflow', false) as is_overflow,
        {{ epoch_us('leases.assigned_at') }} as assigned_us,
        greatest(
            case
                when {{ held_until_us('leases') }} - {{ epoch_us('leases.assigned_at') }} <= {{ longest_us }}
                    then {{ held_until_us('leases') }}
                else {{ epoch_us(add_seconds('leases.last_seen_at', var('session_timeout_seconds'))) }}
            end,
            {{ epoch_us('leases.assigned_at') }}
        ) as held_until_us
    from {{ ref('int_canonical__number_leases') }} as leases
    inner join {{ ref('int_journeys__pool_numbers') }} as numbers
        on
            leases.own_number = numbers.own_number
            and {{ in_pool_at('numbers', epoch_us('leases.assigned_at')) }}
    where leases.assigned_at is not null
),

pools as (
    select
        pool_id,
        count(case when not is_last_resort and not changes_pool then 1 end) as number_count
    from {{ ref('int_journeys__pool_numbers') }}
    group by pool_id
),

touched_hours as (
    select
        pool_id,
        is_overflow,
        assigned_us,
        held_until_us,
        {{ explode_integers('floor(assigned_us / 3600000000.0)', 'floor(held_until_us / 3600000000.0)') }}
            as hour_number
    from leases
    where held_until_us - assigned_us <= {{ longest_us }}
),

lease_hours as (
    select
        *,
        hour_number * 3600000000 as hour_us
    from touched_hours
),

totals as (
    select
        pool_id,
        hour_us,
        count(case when assigned_us >= hour_us then 1 end) as lease_count,
        count(case when assigned_us >= hour_us and is_overflow then 1 end) as overflow_count,
        sum(least(held_until_us, hour_us + 3600000000) - greatest(assigned_us, hour_us))
        / 3600000000.0 as offered_erlangs
    from lease_hours
    group by pool_id, hour_us
),

-- numbers that were in the pool for a while only
passing as (
    select
        totals.pool_id,
        totals.hour_us,
        count(distinct numbers.own_number) as number_count
    from totals
    inner join {{ ref('int_journeys__pool_numbers') }} as numbers
        on
            totals.pool_id = numbers.pool_id
            and totals.hour_us + 3600000000 > numbers.from_us
            and totals.hour_us < numbers.until_us
    where numbers.changes_pool and not numbers.is_last_resort
    group by totals.pool_id, totals.hour_us
)

select
    totals.pool_id,
    {{ timestamp_from_us('totals.hour_us') }} as hour_at,
    totals.lease_count,
    totals.overflow_count,
    totals.offered_erlangs,
    -- rounded up to three digits or so: sizes are looked up for few different values
    cast(
        case
            when totals.offered_erlangs < 10 then ceil(totals.offered_erlangs * 100) / 100
            when totals.offered_erlangs < 100 then ceil(totals.offered_erlangs * 10) / 10
            else ceil(totals.offered_erlangs)
        end as double
    ) as sized_erlangs,
    pools.number_count + coalesce(passing.number_count, 0) as number_count
from totals
inner join pools
    on totals.pool_id = pools.pool_id
left join passing
    on totals.pool_id = passing.pool_id and totals.hour_us = passing.hour_us
