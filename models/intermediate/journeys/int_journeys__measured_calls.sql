-- grain: one row per call on which delays are measured and recent holder of its number; a call
-- without one has a row of its own (call_key, place)
--
-- Of many calls a sample is enough, drawn by their keys.
with sizes as (
    select cast(ceil(count(*) / ({{ var('voice_cookie_measured_calls') }} * 1.0)) as bigint) as step
    from {{ ref('int_canonical__call_turns') }}
)

select
    calls.call_key,
    holders.place,
    numbers.pool_id,
    sizes.step,
    coalesce(holders.delay_class, 0) as delay_class,
    coalesce(holders.caller, 'unknown') as caller
from {{ ref('int_canonical__call_turns') }} as calls
cross join sizes
inner join {{ ref('int_journeys__pool_numbers') }} as numbers
    on calls.number_key = numbers.number_key
left join {{ ref('int_journeys__call_holders') }} as holders
    on calls.call_key = holders.call_key
where calls.call_key % sizes.step = 0
