-- grain: one row per platform, follower_hash, followed_hash
select
    platform,
    follower_hash,
    followed_hash,
    since as followed_at,
    until as unfollowed_at,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from {{ current_rows(
    source('social', 'follows'),
    key=['platform', 'follower_hash', 'followed_hash'],
    content=['since desc'],
) }} as current_state
