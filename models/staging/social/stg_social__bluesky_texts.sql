-- grain: one row per post_id: the words of a post in its last version: in restricted, a view, never copied
--
-- What was edited or deleted is empty in raw already; of a post's versions one at most has words.
{{ config(schema='restricted') }}

select
    {{ hash_key(["'bluesky'", 'did_hash', 'rkey']) }} as post_id,
    text as told
from {{ rows_in_force(source('social', 'bluesky')) }} as delivered
where
    kind = 'commit'
    and collection = 'app.bsky.feed.post'
    and rkey is not null
    and text is not null
qualify
    row_number() over (
        partition by did_hash, rkey
        order by sent_at desc, rev desc nulls last, cid asc, _file_id asc, _line asc
    ) = 1
