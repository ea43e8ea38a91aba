-- grain: one row per post_id: the last version of a post, also where it is deleted
with events as (
    select
        *,
        -- Accounts that are closed, or hidden by their owner or the network, take their posts along.
        max(case when account_state in ({{ closed_account_states() }}) then sent_at end)
            over (partition by did_hash) as account_closed_at,
        max(case when account_state = 'true' then sent_at end) over (partition by did_hash) as account_opened_at,
        min(created_at) over (partition by did_hash, collection, rkey) as first_created_at,
        min(case when operation <> 'delete' then sent_at end)
            over (partition by did_hash, collection, rkey) as first_sent_at
    from {{ rows_in_force(source('social', 'bluesky')) }} as delivered
    where
        kind = 'account'
        or (kind = 'commit' and collection = 'app.bsky.feed.post')
),

versions as (
    select
        *,
        row_number() over (
            partition by did_hash, rkey
            order by
                sent_at desc,
                case when operation = 'delete' then 0 else 1 end asc,
                rev desc nulls last, cid asc, _file_id asc, _line asc
        ) as place,
        case
            when
                account_closed_at >= coalesce(account_opened_at, account_closed_at)
                and account_closed_at >= sent_at then account_closed_at
        end as closed_at
    from events
    where kind = 'commit' and rkey is not null
)

select
    {{ hash_key(["'bluesky'", 'did_hash', 'rkey']) }} as post_id,
    did_hash as author_hash,
    -- The author's clock may be ahead of the network's.
    least(coalesce(first_created_at, first_sent_at), first_sent_at) as posted_at,
    case when operation = 'update' then sent_at end as edited_at,
    case when operation = 'delete' then sent_at else closed_at end as deleted_at,
    operation = 'delete' or closed_at is not null as is_deleted,
    parent_uri is not null as is_reply,
    -- Of what is deleted, or was hidden for a time, the text is gone and nothing is known of it.
    case when operation <> 'delete' and commit is not null then text is not null end as has_text,
    case when operation <> 'delete' and commit is not null then coalesce(length(text), 0) end as text_length,
    lower({{ code_or_null(json_value('languages', '$[0]')) }}) as language,
    {{ json_part('commit', '$.record.embed') }} is not null as has_media,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from versions
-- Of a post of which only the deletion arrived nothing is known.
where place = 1 and first_sent_at is not null
