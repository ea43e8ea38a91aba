-- grain: one row per post_id: a post on a social network, without its text
select
    post_id,
    'mastodon' as platform,
    author_hash,
    is_bot,
    posted_at,
    edited_at,
    cast(null as timestamp) as deleted_at,
    false as is_deleted,
    is_reply,
    is_reblog,
    has_text,
    text_length,
    language,
    has_media,
    reply_count,
    reblog_count,
    favourite_count
from {{ ref('stg_social__mastodon') }}
union all
select
    post_id,
    'bluesky' as platform,
    author_hash,
    cast(null as boolean) as is_bot,
    posted_at,
    edited_at,
    deleted_at,
    is_deleted,
    is_reply,
    false as is_reblog,
    has_text,
    text_length,
    language,
    has_media,
    cast(null as bigint) as reply_count,
    cast(null as bigint) as reblog_count,
    cast(null as bigint) as favourite_count
from {{ ref('stg_social__bluesky_posts') }}
