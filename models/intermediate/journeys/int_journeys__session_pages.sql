-- grain: one row per session and sort of page seen in it (session_key, page_rank, product_key)
select
    events.session_key,
    classes.page_rank,
    coalesce(classes.product_id, 'none') as product_key,
    min(classes.page_type) as page_type,
    min(classes.journey_stage) as journey_stage,
    min(classes.reason_code) as reason_code,
    min(classes.product_id) as product_id,
    count(*) as view_count,
    min(events.occurred_us) as first_us,
    max(events.occurred_us) as last_us
from {{ ref('int_journeys__page_events') }} as events
inner join {{ ref('int_journeys__page_classes') }} as classes
    on events.shape_key = classes.shape_key
where classes.is_view and classes.page_type is not null
group by events.session_key, classes.page_rank, coalesce(classes.product_id, 'none')
