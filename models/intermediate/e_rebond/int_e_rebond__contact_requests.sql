-- grain: one row per request to be called, or chat left, that CRM knows (contact_id)
--
-- What somebody asks us needs no consent to navigation: nothing here comes from the tags. Who is known
-- by the device alone is a person only where the device may be linked; else the request is the device's.
{%- set nobody = 'coalesce(contacts.customer_id, contacts.phone_hash, contacts.email_hash) is null' %}

with holders as (
    {%- for kind in ['phone_hash', 'email_hash'] %}
        select
            contacts.contact_id,
            members.person_id,
            {{ loop.index }} as place
        from {{ ref('int_canonical__contacts') }} as contacts
        inner join {{ ref('int_identity__members') }} as members
            on members.identifier_type = '{{ kind }}' and contacts.{{ kind }} = members.identifier_value
        where
            contacts.direction = 'inbound'
            and {{ held_at('members', 'contacts.occurred_at') }}
        {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- who held the number, else the address, at that moment
first_holders as (
    select
        contact_id,
        person_id
    from holders
    qualify row_number() over (partition by contact_id order by place, person_id) = 1
)

select
    contacts.contact_id,
    trigger_events.trigger,
    coalesce(customers.person_id, first_holders.person_id, interactions.person_id) as person_id,
    contacts.customer_id,
    case when contacts.phone_status = 'valid' then contacts.phone_hash end as phone_hash,
    case when {{ nobody }} then contacts.visitor_id end as visitor_id,
    subjects.product_id,
    contacts.occurred_at,
    -- the moment agreed on for the call; an end within minutes is that of the contact itself
    case
        when
            trigger_events.trigger = 'callback_request'
            and contacts.ended_at
            >= {{ add_seconds('contacts.occurred_at', '60 * ' ~ var('agreed_time_after_minutes')) }}
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
left join first_holders
    on contacts.contact_id = first_holders.contact_id
left join {{ ref('int_journeys__interactions') }} as interactions
    on
        case when {{ nobody }} then {{ hash_key(["'contact'", 'contacts.contact_id']) }} end
        = interactions.interaction_id
where
    contacts.direction = 'inbound'
    and coalesce(contacts.ended_at, contacts.occurred_at) >= {{ signals_since() }}
    and contacts.occurred_at <= {{ as_of() }}
