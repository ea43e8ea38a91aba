-- Calls from or to customers that the contact centre's figures leave out, or contacts that are no call.
select
    calls.call_id,
    contacts.interaction_id
from {{ ref('int_canonical__calls') }} as calls
full outer join {{ ref('int_contact_centre__contacts') }} as contacts
    on calls.call_id = contacts.call_id
where
    (calls.direction in ('inbound', 'outbound') and contacts.interaction_id is null)
    or (contacts.call_id is not null and calls.call_id is null)
