-- grain: one row per month and channel with a call or a contact (month, contact_channel)
--
-- A request to be called back is answered by another contact, so it is no contact offered.
select
    contacts.month,
    contacts.contact_channel,
    {% set offered = "contacts.direction = 'inbound' and not contacts.is_callback_request" -%}
    {% set answered = offered ~ ' and contacts.is_answered' -%}
    count(*) filter (where {{ offered }}) as offered,
    count(*) filter (where {{ answered }}) as answered,
    count(*) filter (where {{ offered }} and contacts.is_abandoned) as abandoned,
    count(*) filter (where {{ offered }} and contacts.is_short_abandon) as short_abandoned,
    count(*) filter (where {{ answered }} and contacts.is_within_threshold) as answered_within_threshold,
    count(*) filter (where {{ offered }} and contacts.is_abandoned and contacts.is_within_threshold)
        as abandoned_within_threshold,
    count(contacts.is_within_threshold) as threshold_known,
    count(contacts.wait_seconds) filter (where {{ answered }}) as answered_wait_known,
    cast(coalesce(sum(contacts.wait_seconds) filter (where {{ answered }}), 0) as bigint) as answered_wait_seconds,
    count(contacts.talk_seconds) filter (where {{ answered }}) as handling_known,
    {% for part in ['talk', 'hold', 'wrap'] -%}
        cast(coalesce(sum(contacts.{{ part }}_seconds) filter (where {{ answered }}), 0) as bigint)
            as {{ part }}_seconds,
    {% endfor -%}
    count(*) filter (where contacts.direction = 'outbound') as outbound,
    count(*) filter (where contacts.direction = 'outbound' and contacts.is_answered) as outbound_answered,
    cast(coalesce(sum(
        coalesce(contacts.talk_seconds, 0) + coalesce(contacts.hold_seconds, 0) + coalesce(contacts.wrap_seconds, 0)
    ) filter (where contacts.direction = 'outbound'), 0) as bigint) as outbound_handling_seconds,
    count(*) filter (where {{ answered }} and contacts.reason_code is not null) as reason_noted,
    count(contacts.transfer_count) filter (where {{ answered }}) as transfer_known,
    count(*) filter (where {{ answered }} and contacts.transfer_count > 0) as transferred,
    count(*) filter (where resolutions.is_judged) as resolution_judged,
    count(*) filter (where resolutions.is_resolved) as resolved_first,
    count(*) filter (where resolutions.is_unsure) as resolved_unsure
from {{ ref('int_contact_centre__contacts') }} as contacts
left join {{ ref('int_contact_centre__resolutions') }} as resolutions
    on contacts.interaction_id = resolutions.interaction_id
group by contacts.month, contacts.contact_channel
