-- grain: one row per day and shape of event, and rule of the tag plan in force that it meets; one
-- without rule where there is none (event_date, shape_key, rule_id)
with days as (
    select distinct
        event_date,
        shape_key
    from {{ ref('int_journeys__tag_days') }}
),

shapes as (
    select distinct
        shape_key,
        tag_format,
        app_id,
        site,
        event_name,
        page_path
    from {{ ref('int_journeys__tag_days') }}
),

-- Rules that know the event where it was sent, whatever the page.
named as (
    select
        shapes.shape_key,
        plan.rule_id,
        plan.valid_from,
        plan.valid_to,
        {{ path_matches('plan', 'shapes') }} as is_on_page
    from shapes
    inner join {{ ref('tag_plan') }} as plan
        on
            shapes.event_name = plan.event_name
            and {{ holds_for_site('plan', 'shapes') }}
            and (plan.tag_format is null or shapes.tag_format = plan.tag_format)
),

in_force as (
    select
        days.event_date,
        days.shape_key,
        named.rule_id,
        named.is_on_page
    from days
    inner join named
        on
            days.shape_key = named.shape_key
            and days.event_date >= named.valid_from
            and (named.valid_to is null or days.event_date < named.valid_to)
),

planned_events as (
    select distinct
        event_date,
        shape_key
    from in_force
)

select
    days.event_date,
    days.shape_key,
    in_force.rule_id,
    planned_events.shape_key is not null as is_event_planned
from days
left join in_force
    on days.event_date = in_force.event_date and days.shape_key = in_force.shape_key and in_force.is_on_page
left join planned_events
    on days.event_date = planned_events.event_date and days.shape_key = planned_events.shape_key
