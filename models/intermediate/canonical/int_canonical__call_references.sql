-- grain: one row per id of a call or a leg that names exactly one call, whatever the switchboard (source_id)
with named as (
    select
        source_call_id as source_id,
        call_id
    from {{ ref('int_canonical__call_totals') }}
    union all
    select
        legs.source_leg_id as source_id,
        {{ hash_key(['legs.source_format', 'coalesce(legs.source_call_id, chains.root_leg_id, legs.source_leg_id)']) }}
            as call_id
    from {{ ref('int_canonical__call_legs') }} as legs
    left join {{ ref('int_canonical__transfer_chains') }} as chains
        on legs.source_format = chains.source_format and legs.source_leg_id = chains.source_leg_id
)

select
    source_id,
    max(call_id) as call_id
from named
group by source_id
having count(distinct call_id) = 1
