-- grain: one row per pool and delay class: how long calls could have come in it (pool_id, delay_class)
--
-- A lease is watched until it is renewed, until as many others as are weighed came after it, until
-- the horizon or the last call. Of many leases a sample is enough.
with observed as (
    select
        min(hour_number) * 3600000000 as from_us,
        (max(hour_number) + 1) * 3600000000 - 1 as until_us
    from {{ ref('int_journeys__call_hours') }}
    having count(*) > 0
),

sizes as (
    select cast(ceil(count(*) / ({{ var('voice_cookie_watched_leases') }} * 1.0)) as bigint) as step
    from {{ ref('int_canonical__lease_turns') }}
),

leases as (
    select
        numbers.pool_id,
        sizes.step,
        greatest(turns.assigned_us, observed.from_us) as assigned_us,
        greatest(turns.seen_us, observed.from_us) as seen_us,
        least(
            coalesce(turns.renewed_us, observed.until_us),
            coalesce(turns.forgotten_us, observed.until_us),
            observed.until_us
        ) as watched_until_us
    from {{ ref('int_canonical__lease_turns') }} as turns
    cross join sizes
    cross join observed
    inner join {{ ref('int_journeys__pool_numbers') }} as numbers
        on turns.number_key = numbers.number_key
    where (turns.turn + turns.number_key) % sizes.step = 0
),

spans as (
    select
        leases.pool_id,
        leases.step,
        classes.delay_class,
        leases.seen_us + classes.from_us as from_us,
        least(leases.seen_us + classes.to_us, leases.watched_until_us) as until_us
    from leases
    cross join {{ delay_classes() }} as classes
    union all
    select
        pool_id,
        step,
        1 as delay_class,
        assigned_us as from_us,
        least(seen_us, watched_until_us) as until_us
    from leases
    union all
    -- nobody recent: the whole time since the number was first lent
    select
        numbers.pool_id,
        1 as step,
        0 as delay_class,
        greatest(numbers.first_lent_us, observed.from_us) as from_us,
        observed.until_us
    from {{ ref('int_journeys__pool_numbers') }} as numbers
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
)

select
    pools.pool_id,
    classes.delay_class,
    coalesce(exposures.exposure_hours, 0) as exposure_hours,
    -- one call of a hundred leases in each class; of nobody recent, one in a hundred hours
    {{ var('voice_cookie_prior_leases') }} / 100.0 as prior_calls,
    {{ var('voice_cookie_prior_leases') }} * classes.usual_hours as prior_hours
from pools
cross join (
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
) as classes
left join exposures
    on
        pools.pool_id = exposures.pool_id
        and classes.delay_class = exposures.delay_class
