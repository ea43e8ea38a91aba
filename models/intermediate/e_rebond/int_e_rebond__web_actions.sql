-- grain: one row per touch of a number or request on the web that may be linked to a person
-- (event_hash, occurred_us)
with told as (
    select distinct
        days.shape_key,
        trigger_events.trigger
    from {{ ref('int_journeys__tag_days') }} as days
    inner join {{ ref('trigger_events') }} as trigger_events
        on trigger_events.source = 'web' and days.event_name = trigger_events.code
)

select
    marks.event_hash,
    marks.occurred_us,
    told.trigger,
    persons.session_id,
    persons.person_id,
    classes.product_id
from {{ ref('int_journeys__event_marks') }} as marks
inner join told on marks.shape_key = told.shape_key
inner join {{ ref('int_journeys__page_classes') }} as classes
    on marks.shape_key = classes.shape_key
left join {{ ref('int_journeys__visitor_blocks') }} as blocks
    on marks.owner_key = blocks.owner_key and marks.block_number = blocks.block_number
inner join {{ ref('int_journeys__session_persons') }} as persons
    on coalesce(blocks.session_key, marks.owner_key) = persons.session_key
where
    not marks.is_bot
    and persons.person_id is not null
    and marks.occurred_us >= {{ epoch_us(signals_since()) }}
