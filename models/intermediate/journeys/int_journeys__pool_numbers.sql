-- grain: one row per number that was lent, with the pool that lent it last (number_key)
with numbers as (
    select
        number_key,
        max(turn) as last_turn,
        min(assigned_us) as first_lent_us
    from {{ ref('int_canonical__lease_turns') }}
    group by number_key
)

select
    numbers.number_key,
    leases.own_number,
    coalesce(turns.pool_id, 'unnamed') as pool_id,
    numbers.first_lent_us
from numbers
inner join {{ ref('int_canonical__lease_turns') }} as turns
    on numbers.number_key = turns.number_key and numbers.last_turn = turns.turn
inner join {{ ref('int_canonical__number_leases') }} as leases
    on turns.lease_id = leases.lease_id
