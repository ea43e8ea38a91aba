-- $1: interaction_id. Contacts with us that one delivered row tells; visits and calls have more.
with told as (
    select 'contact' as source, 'crm/contacts' as delivered_as, contact_id as record_key, row_id
    from staging.stg_crm__contacts
    union all
    select kinds.source, 'crm/orders', order_id, row_id
    from staging.stg_crm__orders
    cross join (values ('order'), ('payment'), ('delivery')) as kinds (source)
    union all
    select 'case', 'crm/cases', case_id, row_id from staging.stg_crm__cases
    union all
    select 'survey', 'surveys/flat', 'flat:' || response_id, row_id from staging.stg_surveys__flat
    union all
    select 'survey', 'surveys/qualtrics', 'qualtrics:' || response_id, row_id
    from staging.stg_surveys__qualtrics
    union all
    select 'survey', 'surveys/typeform', 'typeform:' || response_id, row_id
    from staging.stg_surveys__typeform
    union all
    select 'post', 'social/mastodon', 'mastodon:' || post_id, row_id from staging.stg_social__mastodon
    union all
    select 'post', 'social/bluesky', 'bluesky:' || post_id, row_id
    from staging.stg_social__bluesky_posts
    union all
    select 'review', 'social/reviews', 'reviews:' || review_id, row_id from staging.stg_social__reviews
)

select source as role, delivered_as as source, row_id
from told
where md5(source || chr(31) || record_key) = $1
