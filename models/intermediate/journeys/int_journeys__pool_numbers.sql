-- grain: one row per number that was lent, with its pool (own_number)
select
    own_number,
    {{ narrow_hash(['own_number']) }} as number_key,
    -- of several pools the last by name: a number belongs to one at a time
    coalesce(max(pool_id), 'unnamed') as pool_id,
    coalesce(max(case when reason = 'overflow' then 1 end), 0) = 1 as is_last_resort,
    {{ epoch_us('min(assigned_at)') }} as first_lent_us
from {{ ref('int_canonical__number_leases') }}
where own_number is not null and assigned_at is not null
group by own_number
