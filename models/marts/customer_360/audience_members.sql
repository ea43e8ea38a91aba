-- grain: one row per audience that may leave, and member (audience_id, subject_kind, subject_id)
--
-- Members of retargeting_audiences stay as they are there, less who is on a suppression list.
-- An audience of fewer than anonymity_minimum members is not here.
with people as (
    select
        people.audience_code,
        'all' as product_id,
        'person' as subject_kind,
        people.person_id as subject_id,
        people.consent_id,
        people.consent_expires_at
    from {{ ref('int_customer_360__audience_people') }} as people
),

suppressed as (
    select distinct people.person_id
    from {{ ref('int_customer_360__audience_people') }} as people
    inner join {{ ref('audience_rules') }} as rules
        on people.audience_code = rules.audience_code
    where rules.audience_kind = 'suppression'
),

retargeted as (
    select
        'retargeting_' || leads.channel as audience_code,
        leads.product_id,
        case when leads.person_id is null then 'visitor' else 'person' end as subject_kind,
        coalesce(leads.person_id, leads.visitor_id) as subject_id,
        min(leads.consent_id) as consent_id,
        min(leads.expires_at) as consent_expires_at
    from {{ ref('retargeting_audiences') }} as leads
    left join suppressed on leads.person_id = suppressed.person_id
    where suppressed.person_id is null and coalesce(leads.person_id, leads.visitor_id) is not null
    group by
        leads.channel, leads.product_id, leads.person_id, coalesce(leads.person_id, leads.visitor_id)
),

members as (
    select * from people
    union all
    select * from retargeted
),

sizes as (
    select
        audience_code,
        product_id
    from members
    group by audience_code, product_id
    having count(*) >= {{ var('anonymity_minimum') }}
)

select
    {{ hash_key(['members.audience_code', 'members.product_id']) }} as audience_id,
    members.subject_kind,
    members.subject_id,
    members.audience_code,
    members.product_id,
    members.consent_id,
    least(
        coalesce(members.consent_expires_at, {{ never() }}),
        {{ add_seconds(as_of(), '86400 * rules.days') }}
    ) as expires_at
from members
inner join sizes
    on members.audience_code = sizes.audience_code and members.product_id = sizes.product_id
inner join {{ ref('audience_rules') }} as rules
    on members.audience_code = rules.audience_code
