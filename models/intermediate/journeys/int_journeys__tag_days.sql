-- grain: one row per day and shape of event: tag, application, site, name, page, codes, names of
-- properties (event_date, shape_key, property_names)
--
-- The first of two passes over the events, for whatever is judged by patterns. Robots send what they
-- like and are left out. The key is an integer for joins inside a run; see macro shape_key.
with events as (
    select
        tag_format,
        app_id,
        site,
        event_name,
        page_path,
        {{ event_codes('properties') }} as codes,
        {{ json_names('properties') }} as property_names,
        cast(occurred_at as date) as event_date,
        occurred_at
    from {{ ref('int_canonical__web_events') }}
    where not is_bot
),

days as (
    select
        tag_format,
        app_id,
        site,
        event_name,
        page_path,
        codes,
        property_names,
        event_date,
        count(*) as event_count,
        min(occurred_at) as first_at,
        max(occurred_at) as last_at
    from events
    group by tag_format, app_id, site, event_name, page_path, codes, property_names, event_date
)

select
    {{ shape_key('days', 'days.codes') }} as shape_key,
    *
from days
