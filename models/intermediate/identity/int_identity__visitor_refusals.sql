-- grain: one row per visitor who refused or withdrew consent to navigation linking (visitor_id)
with refusals as (
    select
        visitor_id,
        occurred_at as refused_at
    from {{ ref('int_canonical__web_events') }}
    where consent_status = 'denied' and visitor_id is not null
    union all
    select
        visitor_id,
        last_withdrawn_at as refused_at
    from {{ ref('int_identity__consent_decisions') }}
    where last_withdrawn_at is not null
)

select
    visitor_id,
    max(refused_at) as refused_at
from refusals
group by visitor_id
