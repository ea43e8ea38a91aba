-- grain: one row per evidence_code, group_key, person_id: who follows an account, who holds a product
with follows as (
    select
        platform,
        follower_hash,
        followed_hash
    from {{ ref('int_canonical__follows') }}
    where
        (followed_at is null or followed_at <= {{ as_of() }})
        and (unfollowed_at is null or unfollowed_at > {{ as_of() }})
),

-- Who follows back is an acquaintance, not an interest.
followed as (
    select
        follows.platform,
        follows.followed_hash,
        count(*) as follower_count,
        count(back.followed_hash) as mutual_count
    from follows
    left join follows as back
        on
            follows.platform = back.platform
            and follows.followed_hash = back.follower_hash
            and follows.follower_hash = back.followed_hash
    group by follows.platform, follows.followed_hash
),

accounts as (
    select
        followed.platform,
        followed.followed_hash
    from followed
    -- whose name isn't known can't be held against the excluded topics, and so is left out
    inner join {{ ref('int_canonical__followed_accounts') }} as names
        on followed.followed_hash = names.followed_hash
    where
        not names.is_excluded
        and followed.mutual_count <= {{ var('interest_mutual_rate', 0.1) }} * followed.follower_count
),

products as (
    select products.product_id
    from {{ ref('int_canonical__products') }} as products
    where
        not exists (
            select 1
            from {{ ref('excluded_topics') }} as topics
            where
                (topics.subject = 'product_family' and lower(products.product_family) = topics.pattern)
                or (topics.subject = 'product_id' and lower(products.product_id) = topics.pattern)
        )
)

select distinct
    'followed_account' as evidence_code,
    accounts.platform || '|' || accounts.followed_hash as group_key,
    handles.person_id
from follows
inner join accounts
    on follows.platform = accounts.platform and follows.followed_hash = accounts.followed_hash
inner join {{ ref('int_identity__link_handles') }} as handles on follows.follower_hash = handles.account_hash
union all
select distinct
    'product' as evidence_code,
    contracts.product_id as group_key,
    customers.person_id
from {{ ref('int_canonical__contracts') }} as contracts
inner join products on contracts.product_id = products.product_id
inner join {{ ref('int_identity__link_customers') }} as customers on contracts.customer_id = customers.customer_id
where contracts.closed_at is null or contracts.closed_at > {{ as_of() }}
