-- grain: one row per call whose other side is known (call_id)
--
-- Whom the adviser named comes before whose number it is.
select
    calls.call_id,
    coalesce(customers.person_id, phones.person_id) as person_id,
    -- what calls on leased numbers say is left out, or leases would prove themselves
    coalesce(
        customers.person_id is not null or phones.link_method not in ('alone', 'number_lease'),
        false
    ) as is_identified
from {{ ref('int_canonical__calls') }} as calls
left join {{ ref('int_identity__members') }} as customers
    on customers.identifier_type = 'customer_id' and calls.customer_id = customers.identifier_value
left join {{ ref('int_identity__members') }} as phones
    on
        phones.identifier_type = 'phone_hash'
        and calls.other_party_hash = phones.identifier_value
        and {{ held_at('phones', 'calls.started_at') }}
where customers.person_id is not null or phones.person_id is not null
