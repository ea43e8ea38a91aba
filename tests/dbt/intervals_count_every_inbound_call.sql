-- Every inbound call is offered in exactly one interval, and no interval answers or loses more
-- calls than it was offered.
with counts as (
    select
        (select count(*) from {{ ref('fct_calls') }} where direction = 'inbound') as inbound_calls,
        coalesce(sum(offered), 0) as offered,
        coalesce(sum(case when answered + abandoned > offered then 1 else 0 end), 0) as impossible_intervals,
    from {{ ref('contact_centre_intervals') }}
)

select
    inbound_calls,
    offered,
    impossible_intervals,
from counts
where inbound_calls != offered or impossible_intervals > 0
