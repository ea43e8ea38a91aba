-- grain: one row per shape of event and funnel of which it marks a step (shape_key, funnel)
--
-- An event that marks several steps marks the furthest.
with shapes as (
    select distinct
        shape_key,
        app_id,
        site,
        case when event_name = 'screen_view' then 'page_view' else event_name end as event_name,
        page_path,
        codes
    from {{ ref('int_journeys__tag_days') }}
),

first_steps as (
    select
        funnel,
        min(step_number) as first_step
    from {{ ref('funnel_steps') }}
    group by funnel
),

marked as (
    select
        shapes.shape_key,
        steps.funnel,
        max(steps.step_number) as step_number,
        bool_or(steps.is_completion) as is_completion
    from shapes
    inner join {{ ref('funnel_steps') }} as steps
        on
            shapes.event_name = steps.event_name
            and {{ holds_for_site('steps', 'shapes') }}
            and {{ path_matches('steps', 'shapes') }}
            and (
                steps.property is null
                or {{ json_member('shapes.codes', 'steps.property') }} = steps.property_value
            )
    group by shapes.shape_key, steps.funnel
)

select
    marked.shape_key,
    marked.funnel,
    marked.step_number,
    marked.step_number = first_steps.first_step as is_first_step,
    marked.is_completion
from marked
inner join first_steps on marked.funnel = first_steps.funnel
