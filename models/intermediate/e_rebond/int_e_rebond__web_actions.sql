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
    events.event_hash,
    events.occurred_us,
    told.trigger,
    persons.session_id,
    persons.person_id,
    classes.product_id
from {{ ref('int_journeys__page_events') }} as events
inner join told on events.shape_key = told.shape_key
inner join {{ ref('int_journeys__page_classes') }} as classes
    on events.shape_key = classes.shape_key
inner join {{ ref('int_journeys__session_persons') }} as persons
    on events.session_key = persons.session_key
where
    persons.person_id is not null
    and events.occurred_us >= {{ epoch_us(signals_since()) }}
