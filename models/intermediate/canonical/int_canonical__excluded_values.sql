-- grain: one row per identifier that is nobody's (identifier_type, identifier_value)
--
-- A test number, a switchboard, a shared account. The seed has plain values, the graph hashes: the
-- loader's own list of what it hashed joins them, so that no key is needed here. A value that was
-- never delivered excludes nothing.
with excluded as (
    select
        listed.kind,
        coalesce(known.identifier_hash, listed.value) as identifier_value
    from {{ ref('identity_excluded_values') }} as listed
    left join {{ ref('stg_audit__identifier_hashes') }} as known
        on
            listed.value = known.normalised
            and known.kind = case listed.kind
                when 'login_id' then 'login'
                when 'social_handle' then 'handle'
                else listed.kind
            end
    where known.identifier_hash is not null or listed.kind in ('login_id', 'visitor_id', 'customer_id')
)

select
    {{ identifier_type('kind') }} as identifier_type,
    identifier_value,
    {{ identifier_node(identifier_type('kind'), 'identifier_value') }} as node_id
from excluded
