-- grain: one row per post_id: the last version of a status
with statuses as (
    select
        *,
        -- What somebody passes on is somebody else's text.
        reblog is not null as is_reblog,
        {{ html_to_text('content') }} as plain_text
    from {{ current_rows(
        source('social', 'mastodon'),
        key=['status_key_hash'],
        prefer=['version_at desc'],
    ) }} as current_state
)

select
    {{ hash_key(["'mastodon'", 'status_key_hash']) }} as post_id,
    acct_hash as author_hash,
    is_bot,
    followers_count,
    created_at as posted_at,
    edited_at,
    in_reply_to_id is not null as is_reply,
    is_reblog,
    not is_reblog and plain_text is not null as has_text,
    case when not is_reblog then coalesce(length(plain_text), 0) end as text_length,
    lower({{ code_or_null('language') }}) as language,
    lower(visibility) as visibility,
    {{ json_part('media_attachments', '$[0]') }} is not null as has_media,
    replies_count as reply_count,
    reblogs_count as reblog_count,
    favourites_count as favourite_count,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from statuses
