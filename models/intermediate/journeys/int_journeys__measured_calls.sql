-- grain: one row per call on which delays are measured and recent holder of its number; a call
-- without one has a row of its own (call_key, visitor_key)
--
-- Of many calls a sample is enough, drawn by their keys. Numbers of last resort follow no rule.
with sizes as (
    select cast(ceil(count(*) / ({{ var('voice_cookie_measured_calls') }} * 1.0)) as bigint) as step
    from {{ ref('int_journeys__lent_calls') }}
)

select
    calls.call_key,
    holders.visitor_key,
    calls.pool_id,
    sizes.step,
    coalesce(holders.delay_class, 0) as delay_class,
    coalesce(holders.caller, 'unknown') as caller
from {{ ref('int_journeys__lent_calls') }} as calls
cross join sizes
left join {{ ref('int_journeys__call_holders') }} as holders
    on calls.call_key = holders.call_key
where calls.call_key % sizes.step = 0 and not calls.is_last_resort
