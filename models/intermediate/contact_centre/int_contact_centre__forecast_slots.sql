-- grain: one row per measure, series and half hour from its first count to the end of the forecast
-- (measure, series, half_hour_at)
--
-- Half hours in which nothing came are 0, those to come are null. The web is always open.
with series as (
    select
        measure,
        series,
        min(half_hour_at) as first_at
    from {{ ref('int_contact_centre__demand') }}
    group by measure, series
)

select
    series.measure,
    series.series,
    calendar.half_hour_at,
    calendar.slot,
    calendar.half_hour_of_day,
    calendar.day_of_week,
    calendar.is_public_holiday,
    calendar.campaign_count,
    calendar.peak_count,
    series.measure <> 'calls' or hours.queue is not null as is_open,
    case when calendar.half_hour_at < {{ truncate_half_hour(as_of()) }} then coalesce(demand.came_count, 0) end
        as came_count
from series
inner join {{ ref('int_contact_centre__calendar') }} as calendar
    on series.first_at <= calendar.half_hour_at
left join {{ ref('int_contact_centre__opening_hours') }} as hours
    on series.series = hours.queue and calendar.half_hour_at = hours.half_hour_at
left join {{ ref('int_contact_centre__demand') }} as demand
    on
        series.measure = demand.measure
        and series.series = demand.series
        and calendar.half_hour_at = demand.half_hour_at
