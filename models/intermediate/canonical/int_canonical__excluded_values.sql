-- grain: one row per identifier that is nobody's: a test number, a switchboard, a shared account (identifier_type, identifier_value)
--
-- The seed has plain values, the graph hashes: the loader's own list of what it hashed joins them,
-- so that no key is needed here. A value that was never delivered excludes nothing.
with excluded as (
    select
        excluded_values.kind,
        coalesce(hashes.identifier_hash, excluded_values.value) as identifier_value
    from {{ ref('identity_excluded_values') }} as excluded_values
    left join {{ ref('stg_audit__identifier_hashes') }} as hashes
        on
            excluded_values.value = hashes.normalised
            and hashes.kind = case excluded_values.kind
                when 'login_id' then 'login'
                when 'social_handle' then 'handle'
                else excluded_values.kind
            end
    where hashes.identifier_hash is not null or excluded_values.kind in ('login_id', 'visitor_id', 'customer_id')
)

select
    {{ identifier_type('kind') }} as identifier_type,
    identifier_value,
    {{ identifier_node(identifier_type('kind'), 'identifier_value') }} as node_id
from excluded
