-- Inbound calls without a row of links, and rows of links without such a call.
with calls as (
    select call_id
    from {{ ref('fct_calls') }}
    where direction = 'inbound'
)

select coalesce(calls.call_id, links.call_id) as call_id
from calls
full outer join {{ ref('fct_call_web_links') }} as links
    on calls.call_id = links.call_id
where calls.call_id is null or links.call_id is null
