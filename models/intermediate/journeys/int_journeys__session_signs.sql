-- grain: one row per session with a named view or a heartbeat (session_key)
--
-- What has to be counted once however often it was sent, and so can't be added up over the pieces.
-- Counted in two steps, at half the cost of count(distinct).
with signs as (
    select distinct
        coalesce(blocks.session_key, marks.owner_key) as session_key,
        marks.page_view_hash,
        marks.heartbeat_number
    from {{ ref('int_journeys__event_marks') }} as marks
    left join {{ ref('int_journeys__visitor_blocks') }} as blocks
        on
            marks.owner_key = blocks.owner_key
            and marks.block_number = blocks.block_number
    where marks.page_view_hash is not null or marks.heartbeat_number is not null
)

select
    session_key,
    count(page_view_hash) as named_view_count,
    count(heartbeat_number) as heartbeat_count
from signs
group by session_key
