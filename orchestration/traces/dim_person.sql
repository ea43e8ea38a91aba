-- $1: person_id. What names the person, a number or an address while they held it.
with members as (
    select identifier_type, identifier_value, valid_from, valid_to
    from intermediate.int_identity__members
    where person_id = any($1)
),

named as (
    select 'customer' as role, 'crm/customers' as source, 'customer_id' as kind, customer_id as value,
        cast(null as timestamp) as at, row_id
    from staging.stg_crm__customers
    union all
    select 'identifier', 'crm/identifiers', 'customer_id', customer_id, null, row_id
    from staging.stg_crm__identifiers
    union all
    select 'contract', 'crm/contracts', 'customer_id', customer_id, null, row_id
    from staging.stg_crm__contracts
    union all
    select 'review', 'social/reviews', 'customer_id', customer_id, null, row_id
    from staging.stg_social__reviews
    union all
    select 'review', 'social/reviews', 'social_handle_hash', author_hash, null, row_id
    from staging.stg_social__reviews
    union all
    select 'post', 'social/mastodon', 'social_handle_hash', author_hash, null, row_id
    from staging.stg_social__mastodon
    union all
    select 'post', 'social/bluesky', 'social_handle_hash', author_hash, null, row_id
    from staging.stg_social__bluesky_posts
    union all
    select 'follow', 'social/follows', 'social_handle_hash', follower_hash, null, row_id
    from staging.stg_social__follows
    union all
    select 'follow', 'social/follows', 'social_handle_hash', followed_hash, null, row_id
    from staging.stg_social__follows
    union all
    select 'consent', 'crm/consents',
        case subject_kind when 'phone' then 'phone_hash' when 'email' then 'email_hash' else subject_kind end,
        subject_key, effective_at, row_id
    from staging.stg_crm__consents
    union all
    select 'opposition', 'crm/oppositions',
        case subject_kind when 'phone' then 'phone_hash' when 'email' then 'email_hash' else subject_kind end,
        subject_key, effective_at, row_id
    from staging.stg_crm__oppositions
    union all
    select 'contact', 'crm/contacts', 'customer_id', customer_id, null, row_id
    from staging.stg_crm__contacts
    union all
    select 'contact', 'crm/contacts', 'email_hash', email_hash, occurred_at, row_id
    from staging.stg_crm__contacts
    union all
    select 'contact', 'crm/contacts', 'phone_hash', phone_hash, occurred_at, row_id
    from staging.stg_crm__contacts
)

select named.role, named.source, named.row_id
from named
inner join members
    on
        named.kind = members.identifier_type
        and named.value = members.identifier_value
        and coalesce(named.at >= members.valid_from, true)
        and coalesce(named.at < members.valid_to, true)
