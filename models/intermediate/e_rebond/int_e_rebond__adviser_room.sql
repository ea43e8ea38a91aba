-- grain: one row per adviser who may call leads, and half hour to come (slot_start_at, adviser_id)
--
-- Inbound calls come first. What is expected of a skill is shared by its advisers as they are there;
-- what is left of their time, up to the occupancy that one can work at, is room for leads.
with present as (
    select
        half_hours.adviser_id,
        half_hours.half_hour_at as slot_start_at,
        half_hours.available_us / 1000000.0 as available_seconds,
        advisers.team,
        advisers.skills,
        -- who names no language speaks that of the country
        coalesce({{ clean_list('advisers.languages') }}, '{{ var("default_language") }}') as languages,
        {{ utc_to_local('half_hours.half_hour_at', "'" ~ var('business_time_zone') ~ "'") }} as local_at
    from {{ ref('int_canonical__adviser_half_hours') }} as half_hours
    inner join {{ ref('int_canonical__advisers') }} as advisers
        on half_hours.adviser_id = advisers.adviser_id
    where half_hours.half_hour_at >= {{ as_of() }}
),

skilled as (
    select
        present.slot_start_at,
        present.adviser_id,
        present.available_seconds,
        present.available_seconds / sum(present.available_seconds) over (
            partition by present.slot_start_at, load.skill
        ) * load.load_seconds as inbound_seconds
    from present
    inner join {{ ref('int_e_rebond__inbound_load') }} as load
        on
            {{ has_token('present.skills', 'load.skill') }}
            and {{ iso_weekday('present.local_at') }} = load.weekday
            and {{ format_hour_minute('present.local_at') }} = load.local_time
),

inbound as (
    select
        slot_start_at,
        adviser_id,
        sum(inbound_seconds) as inbound_seconds
    from skilled
    group by slot_start_at, adviser_id
),

wanted as (
    select distinct skill
    from {{ ref('lead_skills') }}
),

able as (
    select
        advisers.adviser_id,
        wanted.skill
    from {{ ref('int_canonical__advisers') }} as advisers
    inner join wanted
        on {{ has_token(clean_list('advisers.skills'), 'lower(wanted.skill)') }}
),

unheld as (
    select wanted.skill
    from wanted
    left join able on wanted.skill = able.skill
    where able.skill is null
),

-- The skills in which an adviser may call leads; a skill that nobody has is everybody's.
skills_of_callers as (
    select
        adviser_id,
        skill
    from able
    union all
    select
        advisers.adviser_id,
        unheld.skill
    from {{ ref('int_canonical__advisers') }} as advisers
    cross join unheld
),

callers as (
    select
        adviser_id,
        {{ join_texts('skill', '|', 'skill') }} as lead_skills
    from skills_of_callers
    group by adviser_id
)

select
    present.slot_start_at,
    present.adviser_id,
    coalesce(present.team, 'none') as team,
    callers.lead_skills as skills,
    coalesce(present.languages, '') as languages,
    present.available_seconds,
    coalesce(inbound.inbound_seconds, 0) as inbound_seconds,
    greatest(
        present.available_seconds * {{ var('adviser_occupancy') }} - coalesce(inbound.inbound_seconds, 0), 0
    ) as room_seconds
from present
inner join callers on present.adviser_id = callers.adviser_id
left join inbound
    on present.slot_start_at = inbound.slot_start_at and present.adviser_id = inbound.adviser_id
