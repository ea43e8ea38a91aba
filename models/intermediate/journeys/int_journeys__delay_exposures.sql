-- grain: one row per pool and delay class: how long calls could have come in it (pool_id, delay_class)
--
-- A lease is watched from the first call that we know of to the last. Of many leases a sample is enough.
with observed as (
    select
        min(hour_number) * 3600000000 as from_us,
        (max(hour_number) + 1) * 3600000000 - 1 as until_us
    from {{ ref('int_journeys__call_hours') }}
    having count(*) > 0
),

sizes as (
    select cast(ceil(count(*) / ({{ var('voice_cookie_watched_leases') }} * 1.0)) as bigint) as step
    from {{ ref('int_canonical__number_leases') }}
),

leases as (
    select
        numbers.pool_id,
        sizes.step,
        {{ lent_from_us('leases') }} as lent_from_us,
        {{ epoch_us('leases.last_seen_at') }} as seen_us
    from {{ ref('int_canonical__number_leases') }} as leases
    inner join {{ ref('int_journeys__pool_numbers') }} as numbers
        on
            leases.own_number = numbers.own_number
            and {{ in_pool_at('numbers', epoch_us('leases.assigned_at')) }}
    cross join sizes
    where
        -- drawn by the second of the assignment
        {{ epoch_s('leases.assigned_at') }} % sizes.step = 0
        and not numbers.is_last_resort
),

held as (
    select
        leases.pool_id,
        leases.step,
        classes.delay_class,
        leases.seen_us + classes.from_us as from_us,
        leases.seen_us + classes.to_us as until_us
    from leases
    cross join {{ delay_classes() }} as classes
    union all
    select
        pool_id,
        step,
        1 as delay_class,
        lent_from_us as from_us,
        seen_us as until_us
    from leases
    union all
    -- nobody recent: the whole time in the pool since the number was first lent
    select
        pool_id,
        1 as step,
        0 as delay_class,
        greatest(first_lent_us, from_us) as from_us,
        until_us
    from {{ ref('int_journeys__pool_numbers') }}
    where not is_last_resort
),

spans as (
    select
        held.pool_id,
        held.step,
        held.delay_class,
        greatest(held.from_us, observed.from_us) as from_us,
        least(held.until_us, observed.until_us) as until_us
    from held
    cross join observed
),

exposures as (
    select
        spans.pool_id,
        spans.delay_class,
        sum(
            spans.step * (
                {{ call_clock('ends', 'spans.until_us') }} - {{ call_clock('starts', 'spans.from_us') }}
            )
        ) as exposure_hours
    from spans
    inner join {{ ref('int_journeys__call_hours') }} as starts
        on cast(floor(spans.from_us / 3600000000.0) as bigint) = starts.hour_number
    inner join {{ ref('int_journeys__call_hours') }} as ends
        on cast(floor(spans.until_us / 3600000000.0) as bigint) = ends.hour_number
    where spans.from_us < spans.until_us
    group by spans.pool_id, spans.delay_class
),

pools as (
    select distinct pool_id
    from {{ ref('int_journeys__pool_numbers') }}
),

-- hours that a holder is in each class
usual as (
    select
        delay_class,
        (to_us - from_us) / 3600000000.0 as usual_hours
    from {{ delay_classes() }} as after_screen
    union all
    select
        1 as delay_class,
        1 / 60.0 as usual_hours
    union all
    select
        0 as delay_class,
        1 as usual_hours
)

select
    pools.pool_id,
    classes.delay_class,
    coalesce(exposures.exposure_hours, 0) as exposure_hours,
    -- one call of a hundred leases in each class; of nobody recent, one in a hundred hours
    {{ var('voice_cookie_prior_leases') }} / 100.0 as prior_calls,
    {{ var('voice_cookie_prior_leases') }} * classes.usual_hours as prior_hours
from pools
cross join usual as classes
left join exposures
    on
        pools.pool_id = exposures.pool_id
        and classes.delay_class = exposures.delay_class
