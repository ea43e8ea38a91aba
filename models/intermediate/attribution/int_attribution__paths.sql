-- grain: one row per path, what its touches add up to (path_key)
--
-- Paths with the same channels in the same order share a sequence_key: a sum over the touches, so
-- that no list has to be sorted. decay_sum is added up as a decimal, which no order of rows changes.
select
    path_key,
    max(conversion_key) as conversion_key,
    cast(count(*) as integer) as touch_count,
    bit_or(cast(pow(2, channel_number) as bigint)) as channel_set,
    cast(max(case when not is_direct then position end) as integer) as last_non_direct_position,
    sum(cast({{ decay_weight('age_us') }} as decimal(38, 18))) as decay_sum,
    {{ hash_sum(['channel_number', 'position']) }} as sequence_key
from {{ ref('int_attribution__path_touches') }}
group by path_key
