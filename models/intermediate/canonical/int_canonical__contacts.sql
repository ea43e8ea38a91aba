-- grain: one row per contact_id
select
    contacts.contact_id,
    contacts.contact_type,
    channels.contact_channel,
    -- systems mark what we send; what says nothing came to us
    coalesce(contacts.direction, 'inbound') as direction,
    contacts.customer_id,
    contacts.visitor_id,
    contacts.email_hash,
    contacts.phone_hash,
    contacts.phone_status,
    contacts.occurred_at,
    contacts.ended_at,
    contacts.adviser_id,
    contacts.subject_code,
    contacts.outcome,
    contacts.place,
    contacts.campaign
from {{ ref('stg_crm__contacts') }} as contacts
left join {{ ref('contact_channels') }} as channels
    on {{ alias_key('contacts.contact_type') }} = channels.alias
