-- grain: one row per half hour to come and advisers of one team, skills and languages
-- (slot_start_at, team, skill, language)
with planned as (
    select
        {{ truncate_half_hour('slot_start_at') }} as slot_start_at,
        team,
        adviser_skills,
        adviser_languages,
        count(*) as planned_count
    from {{ ref('int_e_rebond__plan') }}
    group by {{ truncate_half_hour('slot_start_at') }}, team, adviser_skills, adviser_languages
)

select
    capacity.slot_start_at,
    capacity.team,
    capacity.skill,
    capacity.language,
    capacity.adviser_count,
    capacity.available_seconds,
    capacity.inbound_seconds,
    capacity.handling_seconds,
    capacity.call_capacity,
    coalesce(planned.planned_count, 0) as planned_count
from {{ ref('int_e_rebond__capacity') }} as capacity
left join planned
    on
        capacity.slot_start_at = planned.slot_start_at
        and capacity.team = planned.team
        and capacity.skill = planned.adviser_skills
        and capacity.language = planned.adviser_languages
