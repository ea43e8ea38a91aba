-- Every event is in exactly one session: the sessions' counts add up to the events.
with counts as (
    select
        (select count(*) from {{ ref('int_canonical__web_events') }}) as event_count,
        (select coalesce(sum(event_count), 0) from {{ ref('fct_sessions') }}) as counted_in_sessions,
)

select
    event_count,
    counted_in_sessions,
from counts
where event_count != counted_in_sessions
