-- Every event is in exactly one session: the sessions' counts add up to the events.
with delivered as (
    select count(*) as event_count
    from {{ ref('int_canonical__web_events') }}
),

counted as (
    select coalesce(sum(event_count), 0) as counted_in_sessions
    from {{ ref('fct_sessions') }}
)

select
    delivered.event_count,
    counted.counted_in_sessions
from delivered
cross join counted
where delivered.event_count != counted.counted_in_sessions
