-- grain: one row per author_hash, addressed_hash: who has answered or mentioned whom on Mastodon
--
-- A status names whom it answers by the status's id and whom it mentions by account. Both are
-- plain, so they only serve to find the row of somebody who posts here too, whose hash is kept.
with statuses as (
    select
        *,
        acct as account_name
    from {{ current_rows(
        source('social', 'mastodon'),
        key=['status_key_hash'],
        prefer=['version_at desc'],
    ) }} as current_state
    where reblog is null
),

mentioned as (
    select
        acct_hash,
        status_key_hash,
        {{ explode_list(json_elements('mentions')) }} as mention
    from statuses
),

ends as (
    select
        'status' as key_kind,
        id as key_value,
        acct_hash as owner_hash,
        cast(null as varchar) as author_hash,
        cast(null as varchar) as status_key_hash
    from statuses
    union all
    select
        'account' as key_kind,
        account_name as key_value,
        acct_hash as owner_hash,
        cast(null as varchar) as author_hash,
        cast(null as varchar) as status_key_hash
    from statuses
    union all
    select
        'status' as key_kind,
        in_reply_to_id as key_value,
        cast(null as varchar) as owner_hash,
        acct_hash as author_hash,
        status_key_hash
    from statuses
    where in_reply_to_id is not null
    union all
    select
        'account' as key_kind,
        {{ json_value('mention', '$.acct') }} as key_value,
        cast(null as varchar) as owner_hash,
        acct_hash as author_hash,
        status_key_hash
    from mentioned
    where {{ json_value('mention', '$.acct') }} is not null
),

found as (
    select
        author_hash,
        status_key_hash,
        -- ids of two servers may coincide: then nobody knows who was meant
        min(owner_hash) over (partition by key_kind, key_value) as addressed_hash,
        max(owner_hash) over (partition by key_kind, key_value) as other_hash
    from ends
)

select
    author_hash,
    addressed_hash,
    count(distinct status_key_hash) as post_count
from found
where author_hash is not null and addressed_hash = other_hash and author_hash <> addressed_hash
group by author_hash, addressed_hash
