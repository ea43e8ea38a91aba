-- grain: one row per traffic and size of a pool that occur together (sized_erlangs, number_count)
--
-- Erlang B, one number more at a time: B(0) = 1, B(n) = A B(n-1) / (n + A B(n-1)). It ends at the
-- largest pool that is tried.
with recursive steps as (
    select distinct
        sized_erlangs,
        number_count,
        cast(0 as bigint) as tried_count,
        cast(1 as double) as blocking_rate
    from {{ ref('int_journeys__pool_hours') }}
    union all
    select
        sized_erlangs,
        number_count,
        tried_count + 1 as tried_count,
        sized_erlangs * blocking_rate / (tried_count + 1 + sized_erlangs * blocking_rate) as blocking_rate
    from steps
    where
        (blocking_rate > {{ var('pool_blocking_rate') }} or tried_count < number_count)
        and tried_count < {{ var('pool_size_limit') }}
)

select
    sized_erlangs,
    number_count,
    max(case when tried_count = number_count then blocking_rate end) as blocking_rate,
    min(case when blocking_rate <= {{ var('pool_blocking_rate') }} then tried_count end) as needed_number_count
from steps
group by sized_erlangs, number_count
