-- Every inbound call is offered in exactly one interval, and no interval answers or loses more
-- calls than it was offered.
with inbound as (
    select count(*) as inbound_calls
    from {{ ref('fct_calls') }}
    where direction = 'inbound'
),

intervals as (
    select
        coalesce(sum(offered), 0) as offered,
        count(*) filter (where answered + abandoned > offered) as impossible_intervals
    from {{ ref('contact_centre_intervals') }}
)

select
    inbound.inbound_calls,
    intervals.offered,
    intervals.impossible_intervals
from inbound
cross join intervals
where inbound.inbound_calls != intervals.offered or intervals.impossible_intervals > 0
