-- grain: one row per author_hash: an account with its last known handle and state
with events as (
    select
        *,
        max(case when handle_hash is not null then sent_at end) over (partition by did_hash) as last_named_at,
        max(case when account_state is not null then sent_at end) over (partition by did_hash) as last_state_at
    from {{ rows_in_force(source('social', 'bluesky')) }} as delivered
    where kind in ('identity', 'account')
)

select
    did_hash as author_hash,
    max(case when sent_at = last_named_at then handle_hash end) as handle_hash,
    -- Of two states of one moment the open one doesn't count.
    min(case when sent_at = last_state_at then case when account_state = 'true' then 1 else 0 end end) = 1 as is_active,
    max(sent_at) as last_event_at
from events
group by did_hash
