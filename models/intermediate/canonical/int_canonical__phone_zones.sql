-- grain: one row per phone number whose prefix tells the zone (phone_hash)
--
-- What leaves restricted is the zone alone.
with prefixes as (
    select
        zone,
        {{ explode_list(split_list('phone_prefixes')) }} as prefix
    from {{ ref('holiday_zones') }}
    where phone_prefixes is not null
),

matched as (
    select
        known.identifier_hash as phone_hash,
        prefixes.zone,
        prefixes.prefix
    from {{ ref('stg_audit__identifier_hashes') }} as known
    inner join prefixes
        on known.normalised like prefixes.prefix || '%'
    where known.kind = 'phone'
)

select
    phone_hash,
    zone
from matched
qualify row_number() over (partition by phone_hash order by length(prefix) desc, prefix asc, zone asc) = 1
