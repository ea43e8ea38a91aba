-- grain: one row per tribe_id, person_id
select
    tribe_id,
    person_id,
    role,
    cast(influence_score as double) as influence_score,
    is_known_adult
from {{ ref('int_identity__tribe_members') }}
