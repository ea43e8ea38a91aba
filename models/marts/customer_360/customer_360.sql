-- grain: one row per person (person_id)
{%- set purposes = [
    'navigation_linking', 'phone_canvassing', 'email_prospecting', 'sms_prospecting',
    'ad_personalisation', 'conversation_analysis'
] %}
{%- set attempt_counts = [] %}
{%- for name in ['', 'phone_', 'email_', 'sms_', 'other_'] %}
    {%- for days in [7, 30, 90] %}
        {%- do attempt_counts.append(name ~ 'attempt_count_' ~ days ~ 'd') %}
    {%- endfor %}
{%- endfor %}
with consents as (
    select
        {% for purpose in purposes -%}
            max(case when purpose = '{{ purpose }}' then status end) as {{ purpose }}_consent,
        {% endfor -%}
        person_id
    from {{ ref('int_customer_360__permissions') }}
    group by person_id
),

holds as (
    select
        person_id,
        min(hold_reason) as hold_reason,
        max(coalesce(ends_at, {{ never() }})) as ends_at
    from {{ ref('int_customer_360__holds') }}
    group by person_id
),

tribes as (
    select
        person_id,
        max(case when tribe_type = 'combined' then tribe_id end) as tribe_id,
        max(case when tribe_type = 'combined' then role end) as tribe_role,
        max(case when tribe_type = 'combined' then influence_score end) as influence_score,
        max(case when tribe_type = 'family' then tribe_id end) as family_tribe_id
    from {{ ref('int_identity__tribe_members') }}
    group by person_id
),

moments as (
    select
        customers.person_id,
        {{ alias_key('events.life_event_kind') }} as last_life_event,
        events.occurred_date as last_life_event_date
    from {{ ref('int_canonical__life_events') }} as events
    inner join {{ ref('int_identity__link_customers') }} as customers
        on events.customer_id = customers.customer_id
    where events.occurred_date <= cast({{ as_of() }} as date)
    qualify
        row_number() over (
            partition by customers.person_id
            order by events.occurred_date desc, events.life_event_kind asc, customers.customer_id asc
        ) = 1
)

select
    people.person_id,
    people.is_customer,
    people.customer_id,
    levels.customer_kind,
    levels.segment,
    levels.department_code,
    people.first_seen_at,
    people.last_seen_at,
    -- management and equipment
    coalesce(equipment.contract_count, 0) as contract_count,
    coalesce(equipment.closed_contract_count, 0) as closed_contract_count,
    coalesce(equipment.product_count, 0) as product_count,
    equipment.products,
    cast(coalesce(equipment.premium_eur, 0) as decimal(18, 4)) as premium_eur,
    equipment.customer_since_at,
    {{ seconds_between('equipment.customer_since_at', as_of()) }} // 86400 as tenure_days,
    -- navigation and ad returns
    coalesce(visits.visit_count, 0) as visit_count,
    cast(coalesce(visits.engaged_seconds, 0) as bigint) as engaged_seconds,
    coalesce(visits.ad_visit_count, 0) as ad_visit_count,
    visits.last_visit_at,
    visits.last_device_class,
    visits.last_ad_channel,
    -- external and partner
    coalesce(voices.review_count, 0) as review_count,
    cast(voices.rating_rate as double) as rating_rate,
    coalesce(voices.post_count, 0) as post_count,
    moments.last_life_event,
    moments.last_life_event_date,
    tribes.tribe_id,
    tribes.tribe_role,
    tribes.influence_score,
    tribes.family_tribe_id,
    -- value
    person_values.last_sale_at,
    coalesce(person_values.sale_count, 0) as sale_count,
    cast(coalesce(person_values.revenue_eur, 0) as decimal(18, 4)) as revenue_eur,
    levels.recency_quintile,
    levels.frequency_quintile,
    levels.monetary_quintile,
    person_values.year_value_eur,
    person_values.lifetime_value_eur,
    levels.value_quintile,
    equipment.churn_rate,
    person_values.active_probability as repeat_buyer_probability,
    -- satisfaction
    coalesce(voices.answer_count, 0) as answer_count,
    cast(voices.nps_score as integer) as nps_score,
    cast(voices.csat_rate as double) as csat_rate,
    -- consents: granted, refused or lapsed; empty where nothing is known
    {% for purpose in purposes -%}
        consents.{{ purpose }}_consent,
    {% endfor -%}
    -- attempts to reach them
    {% for count in attempt_counts -%}
        coalesce(pressure.{{ count }}, 0) as {{ count }},
    {% endfor -%}
    cast(coalesce(pressure.pressure_points, 0) as double) as pressure_points,
    coalesce(pressure.pressure_points >= {{ var('pressure_points_limit') }}, false) as is_over_pressure,
    -- what to do
    holds.person_id is not null as is_sales_hold,
    holds.hold_reason as sales_hold_reason,
    nullif(holds.ends_at, {{ never() }}) as sales_hold_until_at,
    levels.treatment_level,
    actions.action as next_best_action,
    actions.reason_code as next_best_action_reason,
    actions.product_id as next_best_product_id,
    actions.contact_channel as next_best_channel
from {{ ref('int_identity__persons') }} as people
inner join {{ ref('int_customer_360__treatment_levels') }} as levels
    on people.person_id = levels.person_id
inner join {{ ref('int_customer_360__next_actions') }} as actions
    on people.person_id = actions.person_id
left join {{ ref('int_customer_360__equipment') }} as equipment
    on people.person_id = equipment.person_id
left join {{ ref('int_customer_360__visits') }} as visits
    on people.person_id = visits.person_id
left join {{ ref('int_customer_360__voices') }} as voices
    on people.person_id = voices.person_id
left join {{ ref('int_customer_360__person_values') }} as person_values
    on people.person_id = person_values.person_id
left join {{ ref('int_customer_360__pressure') }} as pressure
    on people.person_id = pressure.person_id
left join consents on people.person_id = consents.person_id
left join holds on people.person_id = holds.person_id
left join tribes on people.person_id = tribes.person_id
left join moments on people.person_id = moments.person_id
