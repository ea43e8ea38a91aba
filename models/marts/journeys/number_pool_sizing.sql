-- grain: one row per pool of numbers and hour in which it was used (pool_id, hour_at)
with calls as (
    select
        calls.pool_id,
        cast(floor(calls.started_us / 3600000000.0) as bigint) as hour_number,
        count(*) as call_count,
        count(case when leases.verdict = 'ambiguous' then 1 end) as ambiguous_call_count
    from {{ ref('int_journeys__lent_calls') }} as calls
    inner join {{ ref('int_journeys__call_leases') }} as leases
        on calls.call_key = leases.call_key
    group by calls.pool_id, cast(floor(calls.started_us / 3600000000.0) as bigint)
)

select
    hours.pool_id,
    hours.hour_at,
    hours.lease_count,
    hours.overflow_count,
    hours.offered_erlangs,
    hours.number_count,
    sizes.blocking_rate,
    sizes.needed_number_count,
    coalesce(calls.call_count, 0) as call_count,
    coalesce(calls.ambiguous_call_count, 0) as ambiguous_call_count
from {{ ref('int_journeys__pool_hours') }} as hours
inner join {{ ref('int_journeys__pool_sizes') }} as sizes
    on
        hours.sized_erlangs = sizes.sized_erlangs
        and hours.number_count = sizes.number_count
left join calls
    on
        hours.pool_id = calls.pool_id
        and {{ epoch_us('hours.hour_at') }} = calls.hour_number * 3600000000
