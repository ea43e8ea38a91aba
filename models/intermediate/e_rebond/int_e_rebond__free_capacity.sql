-- grain: one row per half hour to come and advisers with room for a call (slot_start_at, team, skill, language)
--
-- What the targets that stand leave of the capacity.
with kept as (
    select
        {{ truncate_half_hour('slot_start_at') }} as slot_start_at,
        team,
        adviser_skills,
        adviser_languages,
        count(*) as call_count
    from {{ ref('int_e_rebond__kept_targets') }}
    group by {{ truncate_half_hour('slot_start_at') }}, team, adviser_skills, adviser_languages
)

select
    capacity.slot_start_at,
    capacity.team,
    capacity.skill,
    capacity.language,
    capacity.call_capacity - coalesce(kept.call_count, 0) as call_capacity
from {{ ref('int_e_rebond__capacity') }} as capacity
left join kept
    on
        capacity.slot_start_at = kept.slot_start_at
        and capacity.team = kept.team
        and capacity.skill = kept.adviser_skills
        and capacity.language = kept.adviser_languages
where capacity.call_capacity > coalesce(kept.call_count, 0)
