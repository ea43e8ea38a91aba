-- grain: one row per follow_id: a follow that an account recorded, with its end
with events as (
    select
        *,
        max(case when account_state in ({{ closed_account_states() }}) then sent_at end)
            over (partition by did_hash) as account_closed_at,
        max(case when account_state = 'true' then sent_at end) over (partition by did_hash) as account_opened_at,
        min(sent_at) over (partition by did_hash, collection, rkey) as first_sent_at,
        max(case when operation = 'delete' then sent_at end)
            over (partition by did_hash, collection, rkey) as deleted_at
    from {{ rows_in_force(source('social', 'bluesky')) }} as delivered
    where
        kind = 'account'
        or (kind = 'commit' and collection = 'app.bsky.graph.follow')
),

versions as (
    select
        *,
        -- A deletion says no more whom it was that one followed.
        row_number() over (
            partition by did_hash, rkey
            order by sent_at desc, rev desc nulls last, cid asc, _file_id asc, _line asc
        ) as place
    from events
    where kind = 'commit' and operation <> 'delete' and subject_hash is not null
)

select
    {{ hash_key(["'bluesky'", 'did_hash', 'rkey']) }} as follow_id,
    did_hash as follower_hash,
    subject_hash as followed_hash,
    least(coalesce(created_at, first_sent_at), first_sent_at) as followed_at,
    case
        when deleted_at >= sent_at then deleted_at
        when
            account_closed_at >= coalesce(account_opened_at, account_closed_at)
            and account_closed_at >= sent_at then account_closed_at
    end as unfollowed_at,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from versions
where place = 1
