-- grain: one row per queue and half hour in which an adviser with its skill was logged in
-- (queue, half_hour_at)
--
-- An adviser with the skills of two queues is available to both: the seconds of several queues
-- don't add up to the seconds that advisers worked.
with shifts as (
    select
        adviser_id,
        {{ epoch_us('starts_at') }} as starts_us,
        {{ epoch_us('ends_at') }} as ends_us
    from {{ ref('int_canonical__shifts') }}
    where ends_at > starts_at
),

half_hours as (
    select
        adviser_id,
        starts_us,
        ends_us,
        -- an end on the half hour doesn't reach into the next one
        {{ explode_integers(
            'floor(starts_us / 1800000000.0)', 'floor((ends_us - 1) / 1800000000.0)'
        ) }} as half_hour_number
    from shifts
),

advised as (
    select
        adviser_id,
        half_hour_number * 1800000000 as half_hour_us,
        -- shifts entered twice don't make two advisers
        least(
            sum(
                least(ends_us, (half_hour_number + 1) * 1800000000)
                - greatest(starts_us, half_hour_number * 1800000000)
            ),
            1800000000
        ) as available_us
    from half_hours
    group by adviser_id, half_hour_number
)

select
    queues.queue,
    {{ timestamp_from_us('advised.half_hour_us') }} as half_hour_at,
    cast(floor(sum(advised.available_us) / 1000000.0) as bigint) as available_seconds,
    count(*) as adviser_count
from advised
inner join {{ ref('int_canonical__advisers') }} as advisers
    on advised.adviser_id = advisers.adviser_id
inner join {{ ref('int_canonical__queues') }} as queues
    on {{ has_token('advisers.skills', 'queues.skill') }}
group by queues.queue, advised.half_hour_us
