-- grain: one row per pool and trail of holders that a call met, with the likeliest holder (pool_id, trail)
--
-- A holder is as likely as the calls an hour that holders after such a delay make, among all that
-- may have called at that moment; those include somebody who isn't among the recent holders.
with holders as (
    select
        trails.pool_id,
        trails.trail,
        places.place,
        rates.calls_per_hour
    from {{ ref('int_journeys__trail_counts') }} as trails
    cross join {{ holder_places() }} as places
    inner join {{ ref('int_journeys__delay_rates') }} as rates
        on
            trails.pool_id = rates.pool_id
            and (trails.trail & (15 * places.unit)) = rates.delay_class * places.unit
    where rates.delay_class > 0
),

sums as (
    select
        pool_id,
        trail,
        count(*) as holder_count,
        sum(calls_per_hour) as calls_per_hour
    from holders
    group by pool_id, trail
),

likeliest as (
    select
        pool_id,
        trail,
        place,
        calls_per_hour
    from holders
    qualify row_number() over (partition by pool_id, trail order by calls_per_hour desc, place) = 1
)

select
    sums.pool_id,
    sums.trail,
    sums.holder_count,
    likeliest.place,
    likeliest.calls_per_hour / (sums.calls_per_hour + base.calls_per_hour) as weight,
    base.calls_per_hour / (sums.calls_per_hour + base.calls_per_hour) as nobody_weight
from sums
inner join likeliest
    on sums.pool_id = likeliest.pool_id and sums.trail = likeliest.trail
inner join {{ ref('int_journeys__delay_rates') }} as base
    on sums.pool_id = base.pool_id and base.delay_class = 0
