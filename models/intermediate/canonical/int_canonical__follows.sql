-- grain: one row per platform, follower_hash, followed_hash
select
    platform,
    follower_hash,
    followed_hash,
    followed_at,
    unfollowed_at
from {{ ref('stg_social__follows') }}
