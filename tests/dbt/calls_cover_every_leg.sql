-- Every leg is in exactly one call: the calls' counts add up to the legs.
with counts as (
    select
        (select count(*) from {{ ref('int_canonical__call_legs') }}) as leg_count,
        (select coalesce(sum(leg_count), 0) from {{ ref('fct_calls') }}) as counted_in_calls,
)

select
    leg_count,
    counted_in_calls,
from counts
where leg_count != counted_in_calls
