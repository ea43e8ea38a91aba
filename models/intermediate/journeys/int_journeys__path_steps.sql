-- grain: one row per step of a journey's path, by channel and by stage; what repeats the step before
-- is no step (path_by, interaction_id)
with named as (
    {%- for path_by, column in [('channel', 'contact_channel'), ('stage', 'journey_stage')] %}
        select
            '{{ path_by }}' as path_by,
            steps.interaction_id,
            steps.journey_key,
            steps.occurred_us,
            coalesce(interactions.{{ column }}, 'unknown') as step
        from {{ ref('int_journeys__journey_steps') }} as steps
        inner join {{ ref('int_journeys__interactions') }} as interactions
            on steps.interaction_id = interactions.interaction_id
        {{ 'union all' if not loop.last }}
    {%- endfor %}
),

compared as (
    select
        *,
        lag(step) over (partition by path_by, journey_key order by occurred_us, interaction_id) as step_before
    from named
)

select
    path_by,
    interaction_id,
    journey_key,
    step,
    row_number() over (partition by path_by, journey_key order by occurred_us, interaction_id) as step_number,
    row_number() over (
        partition by path_by, journey_key order by occurred_us desc, interaction_id desc
    ) as steps_left
from compared
where step_before is null or step <> step_before
