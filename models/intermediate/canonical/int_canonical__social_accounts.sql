-- grain: one row per platform, author_hash
select
    'mastodon' as platform,
    author_hash,
    author_hash as handle_hash,
    cast(null as boolean) as is_active,
    max(posted_at) as last_event_at
from {{ ref('stg_social__mastodon') }}
group by author_hash
union all
select
    'bluesky' as platform,
    author_hash,
    -- Bluesky's posts and follows know accounts by their lasting id, the CRM by their handle.
    handle_hash,
    is_active,
    last_event_at
from {{ ref('stg_social__bluesky_accounts') }}
