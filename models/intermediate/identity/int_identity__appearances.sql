-- grain: one row per identifier that was seen or declared (identifier_type, identifier_value)
with seen as (
    select
        'customer_id' as identifier_type,
        customer_id as identifier_value,
        created_at as first_seen_at,
        created_at as last_seen_at
    from {{ ref('int_canonical__customers') }}
    union all
    select
        left_type as identifier_type,
        left_value as identifier_value,
        first_seen_at,
        case when not is_declared then last_seen_at end as last_seen_at
    from {{ ref('int_identity__signs') }}
    union all
    select
        right_type as identifier_type,
        right_value as identifier_value,
        first_seen_at,
        case when not is_declared then last_seen_at end as last_seen_at
    from {{ ref('int_identity__signs') }}
    union all
    select
        'visitor_id' as identifier_type,
        visitor_id as identifier_value,
        first_seen_at,
        last_seen_at
    from {{ ref('int_identity__web_evidence') }}
    union all
    select
        'phone_hash' as identifier_type,
        case when direction = 'outbound' then dialled_number else caller_hash end as identifier_value,
        started_at as first_seen_at,
        started_at as last_seen_at
    from {{ ref('int_canonical__calls') }}
    where direction in ('inbound', 'outbound')
    union all
    select
        'email_hash' as identifier_type,
        email_hash as identifier_value,
        occurred_at as first_seen_at,
        occurred_at as last_seen_at
    from {{ ref('int_canonical__contacts') }}
    union all
    select
        'phone_hash' as identifier_type,
        phone_hash as identifier_value,
        occurred_at as first_seen_at,
        occurred_at as last_seen_at
    from {{ ref('int_canonical__contacts') }}
    union all
    select
        case respondent_kind when 'email' then 'email_hash' else 'phone_hash' end as identifier_type,
        respondent_key as identifier_value,
        answered_at as first_seen_at,
        answered_at as last_seen_at
    from {{ ref('int_canonical__feedback_answers') }}
    where respondent_kind in ('email', 'phone')
    union all
    select
        'social_handle_hash' as identifier_type,
        author_hash as identifier_value,
        created_at as first_seen_at,
        created_at as last_seen_at
    from {{ ref('int_canonical__reviews') }}
    union all
    select
        'social_handle_hash' as identifier_type,
        follower_hash as identifier_value,
        followed_at as first_seen_at,
        followed_at as last_seen_at
    from {{ ref('int_canonical__follows') }}
    union all
    -- Who only ever opposed or consented is somebody too, or the opposition would protect nobody.
    select
        case subject_kind when 'email' then 'email_hash' else 'phone_hash' end as identifier_type,
        subject_key as identifier_value,
        effective_at as first_seen_at,
        effective_at as last_seen_at
    from {{ ref('int_canonical__consents') }}
    where subject_kind in ('email', 'phone')
    union all
    select
        case subject_kind when 'email' then 'email_hash' else 'phone_hash' end as identifier_type,
        subject_key as identifier_value,
        effective_at as first_seen_at,
        effective_at as last_seen_at
    from {{ ref('int_canonical__oppositions') }}
    where subject_kind in ('email', 'phone')
)

select
    identifier_type,
    identifier_value,
    {{ key_bits(hash_key(['identifier_type', 'identifier_value'])) }} as node_id,
    -- A time of which nothing is known is no reason to leave somebody out.
    coalesce(min(first_seen_at), timestamp '1970-01-01 00:00:00') as first_seen_at,
    greatest(max(last_seen_at), max(first_seen_at)) as last_seen_at
from seen
where identifier_value is not null
group by identifier_type, identifier_value
