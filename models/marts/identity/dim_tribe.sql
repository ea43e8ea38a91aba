-- grain: one row per tribe_id
select
    tribe_id,
    tribe_type,
    count(*) as member_count,
    cast(max(cohesion) as double) as cohesion,
    -- Small groups may stay here; nothing that leaves the house may be made of them.
    count(*) >= {{ var('tribe_minimum_size', 5) }} as is_exportable,
    count(case when is_customer then 1 end) as customer_count,
    min(formed_at) as formed_at,
    cast(max(resolution) as double) as resolution,
    cast(max(resolution_stability) as double) as resolution_stability
from {{ ref('int_identity__tribe_members') }}
group by tribe_id, tribe_type
