-- grain: one row per period of an identifier that isn't one person's for all time (node_id, starts_at)
with periods as (
    select * from {{ ref('int_identity__declared_periods') }}
    union all
    select * from {{ ref('int_identity__device_periods') }}
)

select
    node_id,
    -- The first period keeps the identifier's own node, so that a change of hands tomorrow leaves
    -- what is known today where it is.
    case
        when starts_at = {{ ever() }} then node_id
        else {{ key_bits(hash_key(['identifier_type', 'identifier_value', epoch_us('starts_at')])) }}
    end as member_id,
    identifier_type,
    identifier_value,
    starts_at,
    ends_at
from periods
