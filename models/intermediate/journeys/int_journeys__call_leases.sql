-- grain: one row per inbound call of a lent number, with the lease that it most likely came of (call_key)
--
-- A holder is as likely as the rate at which holders call after such a delay, among the rates of all
-- that may have called at that moment; those include somebody who isn't among the recent holders. A number
-- of last resort is shown to any number of visitors at once: that somebody is as likely as the likeliest.
with holders as (
    select
        holders.call_key,
        count(*) as holder_count,
        sum(rates.call_rate) as holders_rate,
        max({{ pair('rates.call_rate', 'holders.visitor_key') }}) as likeliest
    from {{ ref('int_journeys__call_holders') }} as holders
    inner join {{ ref('int_journeys__delay_rates') }} as rates
        on
            holders.pool_id = rates.pool_id
            and holders.delay_class = rates.delay_class
            and holders.caller = rates.caller
    group by holders.call_key
),

rated as (
    select
        calls.call_key,
        calls.number_key,
        calls.started_us,
        calls.is_last_resort,
        coalesce(holders.holder_count, 0) as holder_count,
        coalesce(holders.holders_rate, 0) as holders_rate,
        {{ pair_second('holders.likeliest') }} as visitor_key,
        {{ pair_first('holders.likeliest') }} as likeliest_rate,
        case
            when calls.is_last_resort
                then greatest(nobody.call_rate, coalesce({{ pair_first('holders.likeliest') }}, 0))
            else nobody.call_rate
        end as nobody_rate
    from {{ ref('int_journeys__lent_calls') }} as calls
    inner join {{ ref('int_journeys__delay_rates') }} as nobody
        on calls.pool_id = nobody.pool_id and nobody.delay_class = 0
    left join holders
        on calls.call_key = holders.call_key
),

weighed as (
    select
        call_key,
        number_key,
        started_us,
        is_last_resort,
        holder_count,
        visitor_key,
        likeliest_rate * 1.0 / (holders_rate + nobody_rate) as weight,
        nobody_rate * 1.0 / (holders_rate + nobody_rate) as nobody_weight
    from rated
),

leases as (
    select
        weighed.call_key,
        leases.lease_id,
        {{ epoch_us('leases.last_seen_at') }} as seen_us,
        {{ held_until_us('leases') }} as held_until_us
    from weighed
    inner join {{ ref('int_canonical__number_leases') }} as leases
        on
            weighed.number_key = {{ narrow_hash(['leases.own_number']) }}
            and weighed.visitor_key = {{ holder_key('leases') }}
            and weighed.started_us >= {{ lent_from_us('leases') }}
    -- the visitor's last one
    qualify
        row_number() over (
            partition by weighed.call_key
            order by leases.last_seen_at desc, leases.lease_id asc
        ) = 1
)

select
    weighed.call_key,
    weighed.started_us,
    leases.lease_id,
    leases.seen_us,
    weighed.holder_count,
    weighed.weight,
    case
        when weighed.holder_count = 0 then 'none'
        when weighed.is_last_resort then 'ambiguous'
        when weighed.weight >= {{ var('voice_cookie_certain_from') }}
            then case when weighed.started_us <= leases.held_until_us then 'exact_lease' else 'recent_lease' end
        when weighed.nobody_weight >= {{ var('voice_cookie_certain_from') }} then 'none'
        else 'ambiguous'
    end as verdict
from weighed
left join leases
    on weighed.call_key = leases.call_key
