-- grain: one row per inbound call of a number that had been lent before (call_key)
select
    {{ key_bits('calls.call_id') }} as call_key,
    numbers.number_key,
    numbers.pool_id,
    numbers.is_last_resort,
    {{ epoch_us('calls.started_at') }} as started_us,
    case when persons.is_identified then {{ narrow_hash(['persons.person_id']) }} end as person_key
from {{ ref('int_canonical__calls') }} as calls
inner join {{ ref('int_journeys__pool_numbers') }} as numbers
    on
        calls.dialled_number = numbers.own_number
        and {{ epoch_us('calls.started_at') }} >= numbers.first_lent_us
        and {{ in_pool_at('numbers', epoch_us('calls.started_at')) }}
left join {{ ref('int_journeys__call_persons') }} as persons
    on calls.call_id = persons.call_id
where calls.direction = 'inbound'
