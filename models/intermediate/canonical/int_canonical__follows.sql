-- grain: one row per platform, follower_hash, followed_hash
with follows as (
    select
        platform,
        follower_hash,
        followed_hash,
        followed_at,
        unfollowed_at,
        row_id as follow_key
    from {{ ref('stg_social__follows') }}
    union all
    select
        'bluesky' as platform,
        follower_hash,
        followed_hash,
        followed_at,
        unfollowed_at,
        follow_id as follow_key
    from {{ ref('stg_social__bluesky_follows') }}
)

-- Who follows somebody again does so under a new record: the last one tells.
select
    platform,
    follower_hash,
    followed_hash,
    followed_at,
    unfollowed_at
from follows
qualify
    row_number() over (
        partition by platform, follower_hash, followed_hash
        order by followed_at desc nulls last, unfollowed_at desc nulls first, follow_key asc
    ) = 1
