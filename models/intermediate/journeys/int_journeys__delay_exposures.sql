-- grain: one row per pool and delay class: how long calls could have come in it (pool_id, delay_class)
--
-- A lease is watched from its last sign until it is renewed, until as many others as are weighed
-- came after it, until the horizon or until the last call that we know of.
with observed as (
    select max(started_us) as until_us
    from {{ ref('int_canonical__call_turns') }}
),

leases as (
    select
        numbers.pool_id,
        leases.assigned_us,
        leases.seen_us,
        least(
            coalesce(leases.renewed_us, observed.until_us),
            coalesce(leases.forgotten_us, observed.until_us),
            observed.until_us
        ) as watched_until_us
    from {{ ref('int_canonical__lease_turns') }} as leases
    inner join {{ ref('int_journeys__pool_numbers') }} as numbers
        on leases.number_key = numbers.number_key
    cross join observed
),

by_last_class as (
    select
        pool_id,
        {{ delay_class('watched_until_us - seen_us') }} as last_class,
        count(*) as lease_count,
        sum(greatest(watched_until_us - seen_us, 0)) as watched_us,
        sum(greatest(least(watched_until_us, seen_us) - assigned_us, 0)) as shown_us
    from leases
    group by pool_id, {{ delay_class('watched_until_us - seen_us') }}
),

exposures as (
    select
        leases.pool_id,
        classes.delay_class,
        sum(
            case
                -- class 0 is beyond the horizon
                when leases.last_class = 0 or leases.last_class > classes.delay_class
                    then leases.lease_count * (classes.to_us - classes.from_us)
                when leases.last_class = classes.delay_class
                    then leases.watched_us - leases.lease_count * classes.from_us
                else 0
            end
        ) / 1000000.0 as exposure_seconds
    from by_last_class as leases
    cross join {{ delay_classes() }} as classes
    group by leases.pool_id, classes.delay_class
    union all
    select
        pool_id,
        1 as delay_class,
        sum(shown_us) / 1000000.0 as exposure_seconds
    from by_last_class
    group by pool_id
    union all
    -- nobody recent: the whole time since the number was first lent
    select
        numbers.pool_id,
        0 as delay_class,
        sum(greatest(observed.until_us - numbers.first_lent_us, 0)) / 1000000.0 as exposure_seconds
    from {{ ref('int_journeys__pool_numbers') }} as numbers
    cross join observed
    group by numbers.pool_id
)

select
    exposures.pool_id,
    exposures.delay_class,
    exposures.exposure_seconds,
    -- one call of a hundred leases in each class; of nobody recent, one in a hundred hours
    {{ var('voice_cookie_prior_leases') }} / 100.0 as prior_calls,
    {{ var('voice_cookie_prior_leases') }} * case exposures.delay_class
        when 0 then 3600
        when 1 then 60
        else (classes.to_us - classes.from_us) / 1000000.0
    end as prior_seconds
from exposures
left join {{ delay_classes() }} as classes
    on exposures.delay_class = classes.delay_class
