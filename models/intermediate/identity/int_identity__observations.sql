-- grain: one row per two identifiers, method and time (left_node, right_node, method, first_seen_at, last_seen_at)
--
-- `is_declared` signs hold from first_seen_at to last_seen_at (null: without end); others were seen
-- at these times.
with observations as (
    select
        'crm_identifier' as method,
        'customer_id' as left_type,
        identifiers.customer_id as left_value,
        identifiers.identifier_type as right_type,
        identifiers.identifier_value as right_value,
        greatest(identifiers.valid_from, visitors.linkable_from) as first_seen_at,
        least(identifiers.valid_to, nullif(visitors.linkable_to, {{ never() }})) as last_seen_at,
        true as is_declared,
        1 as sign_count
    from {{ ref('int_canonical__identifiers') }} as identifiers
    left join {{ ref('int_identity__linkable_visitors') }} as visitors
        on
            case when identifiers.identifier_type = 'visitor_id' then identifiers.identifier_value end
            = visitors.visitor_id
    where identifiers.identifier_type <> 'visitor_id' or visitors.visitor_id is not null
    union all
    select
        method,
        'visitor_id' as left_type,
        visitor_id as left_value,
        identifier_type as right_type,
        identifier_value as right_value,
        first_seen_at,
        last_seen_at,
        false as is_declared,
        event_count as sign_count
    from {{ ref('int_identity__web_observations') }}
    union all
    select
        method,
        'customer_id' as left_type,
        customer_id as left_value,
        'visitor_id' as right_type,
        visitor_id as right_value,
        observed_at as first_seen_at,
        observed_at as last_seen_at,
        false as is_declared,
        1 as sign_count
    from {{ ref('int_identity__purchase_observations') }}
    union all
    select
        method,
        left_type,
        left_value,
        right_type,
        right_value,
        observed_at as first_seen_at,
        observed_at as last_seen_at,
        false as is_declared,
        1 as sign_count
    from {{ ref('int_identity__contact_observations') }}
    union all
    select
        method,
        identifier_type as left_type,
        identifier_value as left_value,
        'phone_hash' as right_type,
        phone_hash as right_value,
        observed_at as first_seen_at,
        observed_at as last_seen_at,
        false as is_declared,
        1 as sign_count
    from {{ ref('int_identity__call_observations') }}
    where identifier_type <> 'phone_hash'
    union all
    select
        'review_customer' as method,
        'customer_id' as left_type,
        customer_id as left_value,
        'social_handle_hash' as right_type,
        author_hash as right_value,
        created_at as first_seen_at,
        created_at as last_seen_at,
        false as is_declared,
        1 as sign_count
    from {{ ref('int_canonical__reviews') }}
    where customer_id is not null and author_hash is not null
    union all
    select
        'handle_account' as method,
        'social_handle_hash' as left_type,
        author_hash as left_value,
        'social_handle_hash' as right_type,
        handle_hash as right_value,
        last_event_at as first_seen_at,
        last_event_at as last_seen_at,
        false as is_declared,
        1 as sign_count
    from {{ ref('int_canonical__social_accounts') }}
    where author_hash <> handle_hash
    union all
    select
        'number_lease' as method,
        'visitor_id' as left_type,
        visitor_id as left_value,
        'phone_hash' as right_type,
        phone_hash as right_value,
        first_seen_at,
        last_seen_at,
        false as is_declared,
        call_count as sign_count
    from {{ ref('int_identity__lease_observations') }}
)

select
    {{ identifier_node('left_type', 'left_value') }} as left_node,
    {{ identifier_node('right_type', 'right_value') }} as right_node,
    method,
    left_type,
    left_value,
    right_type,
    right_value,
    first_seen_at,
    last_seen_at,
    is_declared,
    cast(sum(sign_count) as bigint) as sign_count
from observations
group by method, left_type, left_value, right_type, right_value, first_seen_at, last_seen_at, is_declared
