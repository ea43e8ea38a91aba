-- grain: one row per audience (audience_id)
--
-- One too small to leave is named without its size.
with members as (
    select
        audience_code,
        product_id,
        count(*) as member_count
    from {{ ref('audience_members') }}
    group by audience_code, product_id
)

select
    {{ hash_key(['rules.audience_code', "coalesce(members.product_id, 'all')"]) }} as audience_id,
    rules.audience_code,
    rules.audience_kind,
    coalesce(members.product_id, 'all') as product_id,
    rules.purpose,
    rules.consent_purpose,
    rules.contact_channel,
    rules.owner,
    members.member_count,
    {{ var('anonymity_minimum') }} as minimum_count,
    members.audience_code is not null as is_exportable,
    {{ as_of() }} as composed_at,
    {{ add_seconds(as_of(), '86400 * rules.days') }} as expires_at
from {{ ref('audience_rules') }} as rules
left join members on rules.audience_code = members.audience_code
