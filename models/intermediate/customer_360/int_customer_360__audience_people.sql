-- grain: one row per audience of persons and member: suppression, look-alike seed, loyalty (audience_code, person_id)
--
-- A suppression list names whom to leave out. What we address leaves out whoever is on one.
{%- set quarter = "cast(date_trunc('quarter', "
    ~ utc_to_local(as_of(), "'" ~ var('business_time_zone') ~ "'") ~ ") as date)" %}
with control_people as (
    select person_id
    from {{ ref('int_e_rebond__control_ledger') }}
    where is_control and quarter = {{ quarter }} and person_id is not null
    union distinct
    -- the household is drawn as a whole
    select customers.person_id
    from {{ ref('int_e_rebond__control_ledger') }} as ledger
    inner join {{ ref('int_canonical__customers') }} as members
        on ledger.household_key = {{ hash_key(["'household'", 'members.household_id']) }}
    inner join {{ ref('int_identity__link_customers') }} as customers
        on members.customer_id = customers.customer_id
    where ledger.is_control and ledger.quarter = {{ quarter }} and members.household_id is not null
),

suppressed as (
    select
        rules.audience_code,
        buyers.person_id
    from {{ ref('int_customer_360__person_values') }} as buyers
    inner join {{ ref('audience_rules') }} as rules
        on buyers.last_sale_at > {{ add_seconds(as_of(), '-86400 * rules.days') }}
    where rules.audience_code = 'recent_buyers'
    union all
    select distinct
        'on_hold' as audience_code,
        person_id
    from {{ ref('int_customer_360__holds') }}
    union all
    select
        'refused_ads' as audience_code,
        person_id
    from {{ ref('int_customer_360__permissions') }}
    where purpose = 'ad_personalisation' and status = 'refused'
    union all
    select
        'over_pressure' as audience_code,
        person_id
    from {{ ref('int_customer_360__pressure') }}
    where pressure_points >= {{ var('pressure_points_limit') }}
    union all
    select
        'control_group' as audience_code,
        person_id
    from control_people
),

addressed as (
    select
        'best_value' as audience_code,
        person_id
    from {{ ref('int_customer_360__treatment_levels') }}
    where value_quintile = 5
    union all
    select
        'loyal_customers' as audience_code,
        equipment.person_id
    from {{ ref('int_customer_360__equipment') }} as equipment
    left join {{ ref('int_customer_360__voices') }} as voices
        on equipment.person_id = voices.person_id
    where
        equipment.contract_count > 0
        and equipment.customer_since_at <= {{ add_seconds(as_of(), '-86400 * ' ~ var('loyal_after_days')) }}
        and coalesce(voices.nps_score, 10) > 6
),

left_out as (
    select distinct person_id
    from suppressed
)

select
    suppressed.audience_code,
    suppressed.person_id,
    cast(null as varchar) as consent_id,
    cast(null as timestamp) as consent_expires_at
from suppressed
union all
select
    addressed.audience_code,
    addressed.person_id,
    permissions.consent_id,
    permissions.expires_at as consent_expires_at
from addressed
inner join {{ ref('audience_rules') }} as rules
    on addressed.audience_code = rules.audience_code
inner join {{ ref('int_customer_360__permissions') }} as permissions
    on
        addressed.person_id = permissions.person_id
        and rules.consent_purpose = permissions.purpose
        and permissions.status = 'granted'
left join left_out
    on addressed.person_id = left_out.person_id
where left_out.person_id is null
