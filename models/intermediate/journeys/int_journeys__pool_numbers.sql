-- grain: one row per number that was lent and unbroken time in one pool (own_number, from_us)
--
-- A number is in one pool at a time: until its first lease in another. Most never change, so only those
-- that do are put in order. Leases that name no pool say nothing of it. A number of last resort, or
-- one that goes to and fro more than 50 times, serves several pools at once: it goes under the last by name.
{%- set before_all = '-1000000000000000000' %}
{%- set after_all = '1000000000000000000' %}
with numbers as (
    select
        own_number,
        max(pool_id) as pool_id,
        coalesce(
            min(pool_id) <> max(pool_id) and max(case when reason = 'overflow' then 1 end) is null, false
        ) as changes_pool,
        coalesce(max(case when reason = 'overflow' then 1 end), 0) = 1 as is_last_resort,
        {{ epoch_us('min(assigned_at)') }} as first_lent_us
    from {{ ref('int_canonical__number_leases') }}
    where own_number is not null and assigned_at is not null
    group by own_number
),

named as (
    select
        leases.own_number,
        {{ epoch_us('leases.assigned_at') }} as from_us,
        -- of several at one moment the last by name
        max(leases.pool_id) as pool_id
    from {{ ref('int_canonical__number_leases') }} as leases
    inner join numbers
        on leases.own_number = numbers.own_number
    where numbers.changes_pool and leases.pool_id is not null and leases.assigned_at is not null
    group by leases.own_number, {{ epoch_us('leases.assigned_at') }}
),

followed as (
    select
        own_number,
        from_us,
        pool_id,
        lag(pool_id) over (partition by own_number order by from_us) as pool_before
    from named
),

settled as (
    select own_number
    from followed
    where pool_before is distinct from pool_id
    group by own_number
    having count(*) <= 50
),

stretches as (
    select
        own_number,
        pool_id,
        case when pool_before is null then {{ before_all }} else from_us end as from_us,
        lead(from_us) over (partition by own_number order by from_us) as until_us
    from followed
    where pool_before is distinct from pool_id and own_number in (select settled.own_number from settled)
)

select
    numbers.own_number,
    {{ narrow_hash(['numbers.own_number']) }} as number_key,
    coalesce(stretches.pool_id, numbers.pool_id, 'unnamed') as pool_id,
    coalesce(stretches.from_us, {{ before_all }}) as from_us,
    coalesce(stretches.until_us, {{ after_all }}) as until_us,
    stretches.own_number is not null as changes_pool,
    numbers.is_last_resort,
    numbers.first_lent_us
from numbers
left join stretches
    on numbers.own_number = stretches.own_number
