-- grain: one row per inbound call of a lent number, with the lease that it most likely came of (call_key)
--
-- A holder is as likely as the rate at which holders call after such a delay, among the rates of all
-- that may have called at that moment; those include somebody who isn't among the recent holders.
with holders as (
    select
        holders.call_key,
        count(*) as holder_count,
        sum(rates.call_rate) as holders_rate,
        -- the likeliest; of equals, the later holder
        max(rates.call_rate * 16 + 15 - holders.place) as likeliest
    from {{ ref('int_journeys__call_holders') }} as holders
    inner join {{ ref('int_journeys__delay_rates') }} as rates
        on
            holders.pool_id = rates.pool_id
            and holders.delay_class = rates.delay_class
            and holders.caller = rates.caller
    group by holders.call_key
),

weighed as (
    select
        calls.call_key,
        calls.number_key,
        calls.started_us,
        coalesce(holders.holder_count, 0) as holder_count,
        calls.turn - 15 + holders.likeliest % 16 as turn,
        (holders.likeliest - holders.likeliest % 16) / 16.0 / (holders.holders_rate + nobody.call_rate) as weight,
        nobody.call_rate * 1.0 / (coalesce(holders.holders_rate, 0) + nobody.call_rate) as nobody_weight
    from {{ ref('int_canonical__call_turns') }} as calls
    inner join {{ ref('int_journeys__pool_numbers') }} as numbers
        on calls.number_key = numbers.number_key
    inner join {{ ref('int_journeys__delay_rates') }} as nobody
        on numbers.pool_id = nobody.pool_id and nobody.delay_class = 0
    left join holders
        on calls.call_key = holders.call_key
)

select
    weighed.call_key,
    weighed.started_us,
    turns.lease_id,
    turns.seen_us,
    weighed.holder_count,
    weighed.weight,
    case
        -- a number of last resort is shown to any number of visitors at once
        when weighed.weight >= {{ var('voice_cookie_certain_from') }} and not coalesce(turns.is_overflow, false)
            then case
                when weighed.started_us <= turns.held_until_us then 'exact_lease' else 'recent_lease'
            end
        when weighed.nobody_weight >= {{ var('voice_cookie_certain_from') }} then 'none'
        else 'ambiguous'
    end as verdict
from weighed
left join {{ ref('int_canonical__lease_turns') }} as turns
    on weighed.number_key = turns.number_key and weighed.turn = turns.turn
