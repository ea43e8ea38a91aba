-- grain: one row per adviser and half hour in which they are logged in (adviser_id, half_hour_at)
--
-- A shift without a real end (the year 9999) is none: it would be millions of half hours.
with shifts as (
    select
        adviser_id,
        {{ epoch_us('starts_at') }} as starts_us,
        {{ epoch_us('ends_at') }} as ends_us
    from {{ ref('int_canonical__shifts') }}
    where
        ends_at > starts_at
        and {{ epoch_us('ends_at') }} - {{ epoch_us('starts_at') }}
        <= {{ (var('shift_longest_hours') * 3600000000) | int }}
),

half_hours as (
    select
        adviser_id,
        starts_us,
        ends_us,
        -- an end on the half hour doesn't reach into the next one
        {{ explode_integers(
            'floor(starts_us / 1800000000.0)', 'floor((ends_us - 1) / 1800000000.0)'
        ) }} as half_hour_number
    from shifts
)

select
    adviser_id,
    {{ timestamp_from_us('half_hour_number * 1800000000') }} as half_hour_at,
    -- shifts entered twice don't make two advisers
    cast(least(
        sum(
            least(ends_us, (half_hour_number + 1) * 1800000000)
            - greatest(starts_us, half_hour_number * 1800000000)
        ),
        1800000000
    ) as bigint) as available_us
from half_hours
group by adviser_id, half_hour_number
