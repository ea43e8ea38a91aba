-- grain: one row per event that tells what a visitor looked at, how far they got or what they asked
-- for: a view of a page that page_types knows, a step of a funnel, a trigger (event_hash, occurred_us)
--
-- The second pass over the events. Nothing but integers leaves it.
with told as (
    select shape_key
    from {{ ref('int_journeys__page_classes') }}
    where is_view and page_type is not null
    union distinct
    select shape_key
    from {{ ref('int_journeys__shape_steps') }}
    union distinct
    select days.shape_key
    from {{ ref('int_journeys__tag_days') }} as days
    inner join {{ ref('trigger_events') }} as trigger_events
        on trigger_events.source = 'web' and days.event_name = trigger_events.code
)

select
    marks.event_hash,
    marks.occurred_us,
    marks.shape_key,
    coalesce(blocks.session_key, marks.owner_key) as session_key
from {{ ref('int_journeys__event_marks') }} as marks
inner join told on marks.shape_key = told.shape_key
left join {{ ref('int_journeys__visitor_blocks') }} as blocks
    on marks.owner_key = blocks.owner_key and marks.block_number = blocks.block_number
where not marks.is_bot
