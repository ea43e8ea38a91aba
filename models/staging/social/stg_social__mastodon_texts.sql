-- grain: one row per post_id: the words of a status in its last version: in restricted, a view, never copied
{{ config(schema='restricted') }}

with statuses as (
    select
        status_key_hash,
        {{ html_to_text('content') }} as told
    from {{ current_rows(
        source('social', 'mastodon'),
        key=['status_key_hash'],
        prefer=['version_at desc'],
    ) }} as current_state
    -- What somebody passes on is somebody else's text.
    where reblog is null
)

select
    {{ hash_key(["'mastodon'", 'status_key_hash']) }} as post_id,
    told
from statuses
where told is not null
