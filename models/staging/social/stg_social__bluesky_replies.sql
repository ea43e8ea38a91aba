-- grain: one row per author_hash, addressed_hash: who has answered whom on Bluesky
--
-- A post names whom it answers by a plain address, which only serves to find the row of somebody
-- of whom there are events here too, whose hash is kept.
with posts as (
    select
        *,
        max(case when operation = 'delete' then sent_at end)
            over (partition by did_hash, collection, rkey) as deleted_at
    from {{ rows_in_force(source('social', 'bluesky')) }} as delivered
    where kind = 'commit' and collection = 'app.bsky.feed.post'
),

ends as (
    select
        did as key_value,
        did_hash as owner_hash,
        cast(null as varchar) as author_hash,
        cast(null as varchar) as rkey
    from {{ rows_in_force(source('social', 'bluesky')) }} as delivered
    union all
    select
        {{ regexp_group('parent_uri', "'^at://(did:[^/]+)/'") }} as key_value,
        cast(null as varchar) as owner_hash,
        did_hash as author_hash,
        rkey
    from posts
    where parent_uri is not null and operation <> 'delete' and (deleted_at is null or deleted_at < sent_at)
),

found as (
    select
        author_hash,
        rkey,
        max(owner_hash) over (partition by key_value) as addressed_hash
    from ends
    where key_value is not null
)

select
    author_hash,
    addressed_hash,
    count(distinct rkey) as post_count
from found
where author_hash is not null and addressed_hash is not null and author_hash <> addressed_hash
group by author_hash, addressed_hash
