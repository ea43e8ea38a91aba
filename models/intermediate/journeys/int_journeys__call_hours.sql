-- grain: one row per hour from the first inbound call to the last, with how far calls had come (hour_number)
--
-- The clock that delays are counted by: nobody calls at night, so a number held at night is hardly
-- watched at all. Time that runs as calls come in takes day, week and holidays out of the comparison.
-- A call dated in another century would be millions of hours: those far from the run's clock are left out.
with hours as (
    select
        cast(floor({{ epoch_us('started_at') }} / 3600000000.0) as bigint) as hour_number,
        count(*) as call_count
    from {{ ref('int_canonical__calls') }}
    where
        direction = 'inbound'
        and started_at >= {{ add_seconds(as_of(), -86400 * var('call_history_days')) }}
        and started_at < {{ add_seconds(as_of(), 86400 * var('call_history_days')) }}
    group by cast(floor({{ epoch_us('started_at') }} / 3600000000.0) as bigint)
),

span as (
    select
        min(hour_number) as first_hour,
        max(hour_number) as last_hour,
        sum(call_count) * 1.0 / (max(hour_number) - min(hour_number) + 1) as calls_per_hour
    from hours
    having count(*) > 0
),

every_hour as (
    select
        {{ explode_integers('first_hour', 'last_hour') }} as hour_number,
        calls_per_hour
    from span
)

select
    every_hour.hour_number,
    coalesce(hours.call_count, 0) / every_hour.calls_per_hour as hour_length,
    sum(coalesce(hours.call_count, 0)) over (
        order by every_hour.hour_number
        rows between unbounded preceding and current row
    ) / every_hour.calls_per_hour as until_hours
from every_hour
left join hours
    on every_hour.hour_number = hours.hour_number
