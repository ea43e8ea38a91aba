-- grain: one row per visitor and block of the clock with an event, where silence cuts the session
-- (owner_key, block_number)
--
-- A block is as long as the silence that ends a session, so the events in it share one session, and
-- only the silences between blocks matter. The windows run over blocks: far fewer rows than events,
-- and nothing but integers. session_key is an integer for joins inside a run; session_id in
-- int_journeys__session_entries is its lasting name.
with gaps as (
    select
        owner_key,
        block_number,
        first_event_us,
        -- a gap of exactly the limit still belongs to the session
        coalesce(
            first_event_us - lag(last_event_us) over (partition by owner_key order by block_number)
            > {{ var('session_timeout_seconds') }} * 1000000,
            true
        ) as is_session_start
    from {{ ref('int_journeys__session_pieces') }}
    where block_number is not null
),

starts as (
    select
        owner_key,
        block_number,
        max(case when is_session_start then first_event_us end) over (
            partition by owner_key
            order by block_number
            rows between unbounded preceding and current row
        ) as session_start_us
    from gaps
)

select
    owner_key,
    block_number,
    session_start_us,
    {{ narrow_hash(['owner_key', 'session_start_us']) }} as session_key
from starts
