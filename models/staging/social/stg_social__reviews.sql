-- grain: one row per review_id: its latest version
select
    review_id,
    platform,
    author_hash,
    rating,
    rating_max,
    title is not null as has_title,
    text is not null as has_text,
    lower(language) as language,
    product_id,
    created_at,
    updated_at,
    reply_text is not null as has_reply,
    replied_at,
    customer_id,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from {{ current_rows(
    source('social', 'reviews'),
    key=['review_id'],
    prefer=['coalesce(updated_at, created_at) desc nulls last'],
    content=['created_at desc'],
) }} as current_state
