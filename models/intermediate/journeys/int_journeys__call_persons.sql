-- grain: one row per call whose other side is known (call_id)
--
-- Whom the adviser named comes before whose number it is.
with calls as (
    select
        call_id,
        customer_id,
        started_at,
        case when direction = 'outbound' then dialled_number else caller_hash end as phone_hash
    from {{ ref('int_canonical__calls') }}
    where direction in ('inbound', 'outbound')
)

select
    calls.call_id,
    coalesce(customers.person_id, phones.person_id) as person_id
from calls
left join {{ ref('int_identity__members') }} as customers
    on customers.identifier_type = 'customer_id' and calls.customer_id = customers.identifier_value
left join {{ ref('int_identity__members') }} as phones
    on
        phones.identifier_type = 'phone_hash'
        and calls.phone_hash = phones.identifier_value
        and calls.started_at >= phones.valid_from
        and calls.started_at < coalesce(phones.valid_to, timestamp '9999-12-31 00:00:00')
where customers.person_id is not null or phones.person_id is not null
