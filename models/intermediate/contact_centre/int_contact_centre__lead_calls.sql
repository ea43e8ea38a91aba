-- grain: one row per lawful calling half hour to come: calls that leads will ask for (half_hour_at)
--
-- A lead is called at some time in as many lawful half hours as a calling day has, from the next one
-- on; so leads of the last days still ask for calls. How many calls a lead makes is measured.
with calling as (
    select
        calendar.half_hour_at,
        calendar.slot,
        row_number() over (order by calendar.slot, calendar.half_hour_at) as calling_number
    from {{ ref('int_contact_centre__calendar') }} as calendar
    inner join {{ ref('contact_rules') }} as weekdays
        on
            weekdays.rule = 'weekdays'
            and weekdays.country = '{{ var("default_country") }}'
            and {{ in_force('weekdays', 'calendar.local_date') }}
            and weekdays.weekdays like '%' || cast(calendar.day_of_week as varchar) || '%'
    inner join {{ ref('contact_rules') }} as hours
        on
            hours.rule = 'hours'
            and hours.country = '{{ var("default_country") }}'
            and {{ in_force('hours', 'calendar.local_date') }}
            and calendar.local_time >= hours.opens_at
            and calendar.local_time < hours.closes_at
    where not calendar.is_public_holiday
),

per_day as (
    select greatest(1, cast(round(avg(half_hours)) as bigint)) as half_hours
    from (
        select count(*) as half_hours
        from calling
        group by slot // 48
    ) as days
),

leads as (
    select
        {{ epoch_us('half_hour_at') }} // 1800000000 as slot,
        cast(came_count as double) as lead_count
    from {{ ref('int_contact_centre__demand') }}
    where measure = 'leads' and half_hour_at >= {{ add_seconds(as_of(), -7 * 86400) }}
    union all
    select
        slot,
        expected_count as lead_count
    from {{ ref('int_contact_centre__forecasts') }}
    where measure = 'leads'
),

-- The first calling half hour after each lead.
begun as (
    select
        leads.slot,
        leads.lead_count,
        min(calling.calling_number) as first_number
    from leads
    inner join calling
        on leads.slot < calling.slot and leads.slot + 480 > calling.slot
    group by leads.slot, leads.lead_count
),

came as (
    select sum(came_count) as lead_count
    from {{ ref('int_contact_centre__demand') }}
    where
        measure = 'leads'
        and half_hour_at >= {{ add_seconds(as_of(), -86400 * var('queue_days')) }}
),

tried as (
    select count(*) as attempt_count
    from {{ ref('int_canonical__lead_outcomes') }}
    where
        attempted_at < {{ as_of() }}
        and attempted_at >= {{ add_seconds(as_of(), -86400 * var('queue_days')) }}
)

select
    calling.half_hour_at,
    sum(begun.lead_count)
    / max(per_day.half_hours)
    * max(case when tried.attempt_count > 0 then cast(tried.attempt_count as double) / came.lead_count else 1 end)
        as expected_calls,
    max(handling.handling_seconds) as handling_seconds
from calling
cross join per_day
cross join tried
cross join came
cross join {{ ref('int_canonical__outbound_handling') }} as handling
inner join begun
    on
        calling.calling_number >= begun.first_number
        and calling.calling_number < begun.first_number + per_day.half_hours
where calling.half_hour_at >= {{ truncate_half_hour(as_of()) }}
group by calling.half_hour_at
