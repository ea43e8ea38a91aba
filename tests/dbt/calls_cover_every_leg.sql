-- Every leg is in exactly one call: the calls' counts add up to the legs.
with delivered as (
    select count(*) as leg_count
    from {{ ref('int_canonical__call_legs') }}
),

counted as (
    select coalesce(sum(leg_count), 0) as counted_in_calls
    from {{ ref('fct_calls') }}
)

select
    delivered.leg_count,
    counted.counted_in_calls
from delivered
cross join counted
where delivered.leg_count != counted.counted_in_calls
