-- grain: one row per evidence_code, person_id_a, person_id_b: who follows whom both ways, who answers whom
with directions as (
    select
        'follow' as sign,
        authors.person_id as from_id,
        addressed.person_id as to_id
    from {{ ref('int_canonical__follows') }} as follows
    inner join {{ ref('int_identity__link_handles') }} as authors on follows.follower_hash = authors.account_hash
    inner join {{ ref('int_identity__link_handles') }} as addressed on follows.followed_hash = addressed.account_hash
    where
        authors.person_id <> addressed.person_id
        and (follows.followed_at is null or follows.followed_at <= {{ as_of() }})
        and (follows.unfollowed_at is null or follows.unfollowed_at > {{ as_of() }})
    union all
    select
        'reply' as sign,
        authors.person_id as from_id,
        addressed.person_id as to_id
    from {{ ref('int_canonical__replies') }} as replies
    inner join {{ ref('int_identity__link_handles') }} as authors on replies.author_hash = authors.account_hash
    inner join {{ ref('int_identity__link_handles') }} as addressed
        on replies.addressed_hash = addressed.account_hash
    where authors.person_id <> addressed.person_id
),

pairs as (
    select
        sign,
        least(from_id, to_id) as person_id_a,
        greatest(from_id, to_id) as person_id_b,
        count(distinct from_id) as direction_count
    from directions
    group by sign, least(from_id, to_id), greatest(from_id, to_id)
)

select
    case
        when sign = 'follow' then 'mutual_follow'
        when direction_count = 2 then 'mutual_reply'
        else 'one_way_reply'
    end as evidence_code,
    person_id_a,
    person_id_b
from pairs
-- to follow somebody who doesn't follow back is to be a fan
where sign = 'reply' or direction_count = 2
