-- grain: one row per request to be called, or chat left, that CRM knows (contact_id)
--
-- What somebody asks us needs no consent to navigation: nothing here comes from the tags.
select
    contacts.contact_id,
    trigger_events.trigger,
    coalesce(customers.person_id, phones.person_id, addresses.person_id) as person_id,
    contacts.customer_id,
    case when contacts.phone_status = 'valid' then contacts.phone_hash end as phone_hash,
    subjects.product_id,
    contacts.occurred_at,
    -- the moment agreed on for the call
    case
        when trigger_events.trigger = 'callback_request' and contacts.ended_at > contacts.occurred_at
            then contacts.ended_at
    end as requested_at
from {{ ref('int_canonical__contacts') }} as contacts
inner join {{ ref('trigger_events') }} as trigger_events
    on
        trigger_events.source = 'contact'
        and {{ alias_key('contacts.contact_type') }} = trigger_events.code
        and coalesce(trigger_events.outcome, {{ alias_key('contacts.outcome') }}, '')
        = coalesce({{ alias_key('contacts.outcome') }}, '')
left join {{ ref('contact_subjects') }} as subjects
    on {{ alias_key('contacts.subject_code') }} = subjects.subject_code
left join {{ ref('int_identity__members') }} as customers
    on customers.identifier_type = 'customer_id' and contacts.customer_id = customers.identifier_value
left join {{ ref('int_identity__members') }} as phones
    on
        phones.identifier_type = 'phone_hash'
        and contacts.phone_hash = phones.identifier_value
        and {{ held_at('phones', 'contacts.occurred_at') }}
left join {{ ref('int_identity__members') }} as addresses
    on
        addresses.identifier_type = 'email_hash'
        and contacts.email_hash = addresses.identifier_value
        and {{ held_at('addresses', 'contacts.occurred_at') }}
where
    contacts.direction = 'inbound'
    and coalesce(contacts.ended_at, contacts.occurred_at) >= {{ signals_since() }}
    and contacts.occurred_at <= {{ as_of() }}
