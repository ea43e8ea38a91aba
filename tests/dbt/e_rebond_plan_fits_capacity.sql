-- No half hour has more new leads than the targets that stand leave room for.
with planned as (
    select
        {{ truncate_half_hour('slot_start_at') }} as slot_start_at,
        team,
        adviser_skills,
        adviser_languages,
        count(*) as call_count
    from {{ ref('int_e_rebond__assignments') }}
    group by {{ truncate_half_hour('slot_start_at') }}, team, adviser_skills, adviser_languages
)

select
    planned.slot_start_at,
    planned.team
from planned
left join {{ ref('int_e_rebond__free_capacity') }} as capacity
    on
        planned.slot_start_at = capacity.slot_start_at
        and planned.team = capacity.team
        and planned.adviser_skills = capacity.skill
        and planned.adviser_languages = capacity.language
where planned.call_count > coalesce(capacity.call_capacity, 0)
