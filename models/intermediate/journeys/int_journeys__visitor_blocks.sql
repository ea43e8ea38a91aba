-- grain: one row per visitor and block of the clock with an event, where silence cuts the session
-- (visitor_key, block_number)
--
-- A block is as long as the silence that ends a session, so the events in it share one session, and
-- only the silences between blocks matter. The windows run over blocks: far fewer rows than events,
-- and nothing but integers.
with blocks as (
    select
        visitor_key,
        block_number,
        min(occurred_us) as first_us,
        max(occurred_us) as last_us
    from {{ ref('int_journeys__event_marks') }}
    where is_cut_by_silence
    group by visitor_key, block_number
),

gaps as (
    select
        visitor_key,
        block_number,
        first_us,
        -- a gap of exactly the limit still belongs to the session
        coalesce(
            first_us - lag(last_us) over (partition by visitor_key order by block_number)
            > {{ var('session_timeout_seconds') }} * 1000000,
            true
        ) as is_session_start
    from blocks
)

select
    visitor_key,
    block_number,
    max(case when is_session_start then first_us end) over (
        partition by visitor_key
        order by block_number
        rows between unbounded preceding and current row
    ) as session_start_us
from gaps
