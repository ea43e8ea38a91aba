-- grain: one row per source_call_id that names exactly one call, whatever the switchboard
--
-- Surveys give the id of the leg that they followed; a transferred leg belongs to its whole call.
with named as (
    select
        source_call_id,
        call_id
    from {{ ref('int_canonical__calls') }}
    union all
    select
        chains.source_leg_id as source_call_id,
        calls.call_id
    from {{ ref('int_canonical__transfer_chains') }} as chains
    inner join {{ ref('int_canonical__calls') }} as calls
        on
            chains.source_format = calls.source_format
            and chains.root_leg_id = calls.source_call_id
)

select
    source_call_id,
    max(call_id) as call_id
from named
group by source_call_id
having count(distinct call_id) = 1
