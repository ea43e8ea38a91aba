-- $1: session_id. Sessions are cut by tracker or by silence: a session's events are those of its key.
with session as (
    select session_key
    from intermediate.int_journeys__session_entries
    where session_id = any($1)
),

members as (
    select events.tag_format, events.event_id
    from intermediate.int_journeys__event_marks as marks
    left join intermediate.int_journeys__visitor_blocks as blocks
        on marks.owner_key = blocks.owner_key and marks.block_number = blocks.block_number
    inner join session on coalesce(blocks.session_key, marks.owner_key) = session.session_key
    inner join intermediate.int_canonical__web_events as events
        on marks.event_hash = events.event_hash
),

delivered as (
    select 'flat' as tag_format, event_id, row_id from staging.stg_web_tags__flat
    union all
    select 'ga4', event_id, row_id from staging.stg_web_tags__ga4
    union all
    select 'segment', event_id, row_id from staging.stg_web_tags__segment
    union all
    select 'snowplow', event_id, row_id from staging.stg_web_tags__snowplow
)

select 'event' as role, 'web_tags/' || delivered.tag_format as source, delivered.row_id
from members
inner join delivered
    on members.tag_format = delivered.tag_format and members.event_id = delivered.event_id
