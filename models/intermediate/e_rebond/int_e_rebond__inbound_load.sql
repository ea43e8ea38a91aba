-- grain: one row per skill, weekday and half hour of the week in which calls come in (skill, weekday, local_time)
--
-- What the same half hours of the last weeks brought on average, by the business's clock.
{%- set since = add_seconds(as_of(), '-604800 * ' ~ var('inbound_load_weeks')) %}
with calls as (
    select
        queues.skill,
        {{ utc_to_local('calls.started_at', "'" ~ var('business_time_zone') ~ "'") }} as local_at,
        calls.started_at,
        case when calls.outcome = 'answered' then 1 else 0 end as is_answered,
        coalesce(calls.talk_seconds, 0) + coalesce(calls.hold_seconds, 0) + coalesce(calls.wrap_seconds, 0)
            as handling_seconds
    from {{ ref('int_canonical__calls') }} as calls
    inner join {{ ref('int_canonical__queues') }} as queues
        on coalesce(calls.queue, 'none') = queues.queue
    where
        calls.direction = 'inbound'
        and calls.started_at >= {{ since }}
        and calls.started_at < {{ as_of() }}
),

-- Of a house that has just begun, the weeks that there were.
weeks as (
    select
        least(
            greatest({{ seconds_between('min(started_at)', as_of()) }} / 604800.0, 1),
            {{ var('inbound_load_weeks') }}
        ) as week_count
    from calls
),

handling as (
    select
        skill,
        sum(handling_seconds) / nullif(cast(sum(is_answered) as double), 0) as call_seconds
    from calls
    group by skill
)

select
    calls.skill,
    {{ iso_weekday('calls.local_at') }} as weekday,
    {{ format_hour_minute(truncate_half_hour('calls.local_at')) }} as local_time,
    count(*) / max(weeks.week_count) as call_count,
    count(*) / max(weeks.week_count) * coalesce(max(handling.call_seconds), 0) as load_seconds
from calls
inner join weeks on 1 = 1
inner join handling on calls.skill = handling.skill
group by
    calls.skill, {{ iso_weekday('calls.local_at') }}, {{ format_hour_minute(truncate_half_hour('calls.local_at')) }}
