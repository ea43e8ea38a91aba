-- grain: one row per lawful calling half hour of the week: who is there, and what comes in (weekday, local_time)
--
-- Of the advisers who may call leads, on average over the last weeks, with the inbound calls of their
-- skills, by the business's clock.
{%- set since = add_seconds(as_of(), '-604800 * ' ~ var('inbound_load_weeks')) %}
with skills as (
    select distinct skill
    from {{ ref('lead_skills') }}
),

callers as (
    select distinct advisers.adviser_id
    from {{ ref('int_canonical__advisers') }} as advisers
    inner join skills on {{ has_token('advisers.skills', 'skills.skill') }}
),

present as (
    select
        half_hours.half_hour_at,
        {{ utc_to_local('half_hours.half_hour_at', "'" ~ var('business_time_zone') ~ "'") }} as local_at,
        sum(half_hours.available_us) / 1800000000.0 as agents
    from {{ ref('int_canonical__adviser_half_hours') }} as half_hours
    inner join callers on half_hours.adviser_id = callers.adviser_id
    where half_hours.half_hour_at >= {{ since }} and half_hours.half_hour_at < {{ as_of() }}
    group by half_hours.half_hour_at
),

shifts as (
    select
        {{ iso_weekday('local_at') }} as weekday,
        {{ format_hour_minute('local_at') }} as local_time,
        avg(agents) as agents
    from present
    group by {{ iso_weekday('local_at') }}, {{ format_hour_minute('local_at') }}
),

inbound as (
    select
        load.weekday,
        load.local_time,
        sum(load.call_count) as call_count,
        sum(load.load_seconds) as load_seconds
    from {{ ref('int_e_rebond__inbound_load') }} as load
    inner join skills on load.skill = skills.skill
    group by load.weekday, load.local_time
),

patience as (
    select
        cast(count(case when calls.outcome = 'abandoned' then 1 end) as double)
        / nullif(sum(calls.wait_seconds), 0) as impatience_per_second,
        min(queues.threshold_seconds) as threshold_seconds
    from {{ ref('int_canonical__calls') }} as calls
    inner join {{ ref('int_canonical__queues') }} as queues
        on coalesce(calls.queue, 'none') = queues.queue
    inner join skills on queues.skill = skills.skill
    where
        calls.direction = 'inbound'
        and calls.outcome in ('answered', 'abandoned')
        and calls.started_at >= {{ since }}
        and calls.started_at < {{ as_of() }}
)

select
    shifts.weekday,
    shifts.local_time,
    shifts.agents,
    coalesce(inbound.call_count, 0) as call_count,
    coalesce(inbound.load_seconds / nullif(inbound.call_count, 0), 0) as handling_seconds,
    coalesce(patience.impatience_per_second, 0) as impatience_per_second,
    coalesce(patience.threshold_seconds, 20) as threshold_seconds
from shifts
cross join patience
left join inbound
    on shifts.weekday = inbound.weekday and shifts.local_time = inbound.local_time
where exists (
    select 1
    from {{ ref('contact_rules') }} as weekdays
    where
        weekdays.rule = 'weekdays'
        and weekdays.country = '{{ var("default_country") }}'
        and {{ in_force('weekdays', 'cast(' ~ as_of() ~ ' as date)') }}
        and weekdays.weekdays like '%' || cast(shifts.weekday as varchar) || '%'
) and exists (
    select 1
    from {{ ref('contact_rules') }} as hours
    where
        hours.rule = 'hours'
        and hours.country = '{{ var("default_country") }}'
        and {{ in_force('hours', 'cast(' ~ as_of() ~ ' as date)') }}
        and shifts.local_time >= hours.opens_at
        and shifts.local_time < hours.closes_at
)
