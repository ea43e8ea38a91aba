-- grain: one row per day and pool of numbers with a call or a lease (local_date, pool_id)
with calls as (
    select
        cast({{ utc_to_local('calls.started_at', 'calls.time_zone') }} as date) as local_date,
        coalesce(numbers.pool_id, 'none') as pool_id,
        count(*) as call_count,
        count(case when links.match_method = 'exact_lease' then 1 end) as exact_lease_count,
        count(case when links.match_method = 'recent_lease' then 1 end) as recent_lease_count,
        count(case when links.match_method = 'identity' then 1 end) as identity_count,
        count(case when links.match_method = 'ambiguous' then 1 end) as ambiguous_count,
        count(case when links.match_method = 'none' then 1 end) as none_count,
        count(case when coalesce(leases.holder_count, 0) = 0 then 1 end) as call_without_lease_count
    from {{ ref('fct_call_web_links') }} as links
    inner join {{ ref('int_canonical__calls') }} as calls
        on links.call_id = calls.call_id
    left join {{ ref('int_journeys__pool_numbers') }} as numbers
        on
            calls.dialled_number = numbers.own_number
            and {{ in_pool_at('numbers', epoch_us('calls.started_at')) }}
    left join {{ ref('int_journeys__call_leases') }} as leases
        on {{ key_bits('links.call_id') }} = leases.call_key
    where calls.started_at is not null
    group by
        cast({{ utc_to_local('calls.started_at', 'calls.time_zone') }} as date),
        coalesce(numbers.pool_id, 'none')
),

called_numbers as (
    select distinct number_key
    from {{ ref('int_journeys__lent_calls') }}
),

called_leases as (
    select distinct lease_id
    from {{ ref('int_journeys__call_leases') }}
    where verdict in ('exact_lease', 'recent_lease')
),

lent as (
    select
        cast({{ utc_to_local('leases.assigned_at', "'" ~ var('business_time_zone') ~ "'") }} as date) as local_date,
        numbers.pool_id,
        numbers.number_key,
        leases.lease_id
    from {{ ref('int_canonical__number_leases') }} as leases
    inner join {{ ref('int_journeys__pool_numbers') }} as numbers
        on
            leases.own_number = numbers.own_number
            and {{ in_pool_at('numbers', epoch_us('leases.assigned_at')) }}
    where leases.assigned_at is not null
),

leases as (
    select
        lent.local_date,
        lent.pool_id,
        count(*) as lease_count,
        count(called_leases.lease_id) as called_lease_count,
        count(distinct lent.number_key) as number_count,
        count(distinct case when called_numbers.number_key is null then lent.number_key end) as uncalled_number_count
    from lent
    left join called_leases
        on lent.lease_id = called_leases.lease_id
    left join called_numbers
        on lent.number_key = called_numbers.number_key
    group by lent.local_date, lent.pool_id
)

select
    coalesce(calls.local_date, leases.local_date) as local_date,
    coalesce(calls.pool_id, leases.pool_id) as pool_id,
    coalesce(calls.call_count, 0) as call_count,
    coalesce(calls.exact_lease_count, 0) as exact_lease_count,
    coalesce(calls.recent_lease_count, 0) as recent_lease_count,
    coalesce(calls.identity_count, 0) as identity_count,
    coalesce(calls.ambiguous_count, 0) as ambiguous_count,
    coalesce(calls.none_count, 0) as none_count,
    coalesce(calls.call_without_lease_count, 0) as call_without_lease_count,
    calls.exact_lease_count * 1.0 / calls.call_count as ex_ante_match_rate,
    (calls.exact_lease_count + calls.recent_lease_count + calls.identity_count) * 1.0
    / calls.call_count as ex_post_match_rate,
    calls.ambiguous_count * 1.0 / calls.call_count as ambiguous_rate,
    coalesce(leases.lease_count, 0) as lease_count,
    coalesce(leases.called_lease_count, 0) as called_lease_count,
    coalesce(leases.number_count, 0) as number_count,
    coalesce(leases.uncalled_number_count, 0) as uncalled_number_count
from calls
full outer join leases
    on calls.local_date = leases.local_date and calls.pool_id = leases.pool_id
