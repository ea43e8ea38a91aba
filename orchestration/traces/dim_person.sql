-- $1: person_id. What names the person, and the visits and calls that are theirs by consent and period.
with members as (
    select identifier_type, identifier_value
    from intermediate.int_identity__members
    where person_id = $1
),

named as (
    select 'customer' as role, 'crm/customers' as source, 'customer_id' as kind, customer_id as value, row_id
    from staging.stg_crm__customers
    union all
    select 'identifier', 'crm/identifiers', 'customer_id', customer_id, row_id
    from staging.stg_crm__identifiers
    union all
    select 'contract', 'crm/contracts', 'customer_id', customer_id, row_id
    from staging.stg_crm__contracts
    union all
    select 'review', 'social/reviews', 'customer_id', customer_id, row_id
    from staging.stg_social__reviews
    union all
    select 'review', 'social/reviews', 'social_handle_hash', author_hash, row_id
    from staging.stg_social__reviews
    union all
    select 'post', 'social/mastodon', 'social_handle_hash', author_hash, row_id
    from staging.stg_social__mastodon
    union all
    select 'post', 'social/bluesky', 'social_handle_hash', author_hash, row_id
    from staging.stg_social__bluesky_posts
    union all
    select 'follow', 'social/follows', 'social_handle_hash', follower_hash, row_id
    from staging.stg_social__follows
    union all
    select 'follow', 'social/follows', 'social_handle_hash', followed_hash, row_id
    from staging.stg_social__follows
    union all
    select 'consent', 'crm/consents',
        case subject_kind when 'phone' then 'phone_hash' when 'email' then 'email_hash' else subject_kind end,
        subject_key, row_id
    from staging.stg_crm__consents
    union all
    select 'opposition', 'crm/oppositions',
        case subject_kind when 'phone' then 'phone_hash' when 'email' then 'email_hash' else subject_kind end,
        subject_key, row_id
    from staging.stg_crm__oppositions
    union all
    select 'contact', 'crm/contacts', 'customer_id', customer_id, row_id
    from staging.stg_crm__contacts
    union all
    select 'contact', 'crm/contacts', 'email_hash', email_hash, row_id
    from staging.stg_crm__contacts
    union all
    select 'contact', 'crm/contacts', 'phone_hash', phone_hash, row_id
    from staging.stg_crm__contacts
),

events as (
    select events.tag_format, events.event_id
    from intermediate.int_journeys__event_marks as marks
    left join intermediate.int_journeys__visitor_blocks as blocks
        on marks.owner_key = blocks.owner_key and marks.block_number = blocks.block_number
    inner join intermediate.int_journeys__session_persons as sessions
        on coalesce(blocks.session_key, marks.owner_key) = sessions.session_key
    inner join intermediate.int_canonical__web_events as events
        on marks.event_hash = events.event_hash
    where sessions.person_id = $1
),

delivered as (
    select 'flat' as tag_format, event_id, row_id from staging.stg_web_tags__flat
    union all
    select 'ga4', event_id, row_id from staging.stg_web_tags__ga4
    union all
    select 'segment', event_id, row_id from staging.stg_web_tags__segment
    union all
    select 'snowplow', event_id, row_id from staging.stg_web_tags__snowplow
),

calls as (
    select calls.source_format, calls.source_call_id
    from intermediate.int_canonical__calls as calls
    inner join intermediate.int_journeys__call_persons as persons on calls.call_id = persons.call_id
    where persons.person_id = $1
),

legs as (
    select 'asterisk' as source_format, source_call_id as source_id, row_id
    from staging.stg_call_records__asterisk
    union all
    select 'flat', call_id, row_id from staging.stg_call_records__flat
    union all
    select 'twilio', leg_id, row_id from staging.stg_call_records__twilio
    union all
    select 'genesys', conversation_id, row_id from staging.stg_call_records__genesys
)

select named.role, named.source, named.row_id
from named
inner join members on named.kind = members.identifier_type and named.value = members.identifier_value
union all
select 'event', 'web_tags/' || delivered.tag_format, delivered.row_id
from events
inner join delivered
    on events.tag_format = delivered.tag_format and events.event_id = delivered.event_id
union all
select 'leg', 'call_records/' || legs.source_format, legs.row_id
from calls
inner join legs on calls.source_format = legs.source_format and calls.source_call_id = legs.source_id
