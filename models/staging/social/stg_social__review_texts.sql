-- grain: one row per review_id with words: in restricted, a view, never copied
{{ config(schema='restricted') }}

select
    review_id,
    coalesce(title || '. ' || text, title, text) as told
from {{ current_rows(
    source('social', 'reviews'),
    key=['review_id'],
    prefer=['coalesce(updated_at, created_at) desc nulls last'],
    content=['created_at desc'],
) }} as current_state
where title is not null or text is not null
