-- grain: one row per person and product with a live sign (candidate_id)
--
-- Where somebody lives decides on hours and holidays: the customer's department, else the prefix of
-- the number, else the country. Who is no customer is taken for a resident of the country in which we sell.
with called as (
    select
        signals.*,
        coalesce(signals.customer_id, people.customer_id) as known_customer_id,
        coalesce(signals.phone_hash, numbers.phone_hash) as called_phone_hash
    from {{ ref('int_e_rebond__live_signals') }} as signals
    left join {{ ref('int_identity__persons') }} as people
        on signals.person_id = people.person_id
    left join {{ ref('int_e_rebond__numbers') }} as numbers
        on signals.person_id = numbers.person_id
),

-- The language of the last call in which one was heard.
spoken as (
    select
        called.candidate_id,
        calls.language
    from called
    inner join {{ ref('int_journeys__call_persons') }} as persons
        on called.person_id = persons.person_id
    inner join {{ ref('int_canonical__calls') }} as calls
        on persons.call_id = calls.call_id
    where calls.language is not null and calls.started_at <= called.evaluated_at
    qualify
        row_number() over (
            partition by called.candidate_id order by calls.started_at desc, calls.call_id asc
        ) = 1
)

select
    called.candidate_id,
    called.person_id,
    called.visitor_id,
    called.known_customer_id as customer_id,
    case
        when customers.household_id is not null then {{ hash_key(["'household'", 'customers.household_id']) }}
        when called.person_id is not null then {{ hash_key(["'person'", 'called.person_id']) }}
        else {{ hash_key(["'other'", 'coalesce(called.visitor_id, called.called_phone_hash)']) }}
    end as household_key,
    called.called_phone_hash as phone_hash,
    called.product_id,
    called.trigger,
    called.weight,
    called.funnel,
    called.furthest_step,
    called.step_count,
    called.started_at,
    called.detected_at,
    called.expires_at,
    called.requested_at,
    called.evaluated_at,
    zones.zone,
    zones.time_zone as consumer_time_zone,
    countries.country,
    coalesce(called.language, spoken.language, countries.language) as language,
    called.known_customer_id is not null as is_customer,
    called.evidence
from called
left join {{ ref('int_canonical__customers') }} as customers
    on called.known_customer_id = customers.customer_id
left join spoken on called.candidate_id = spoken.candidate_id
left join {{ ref('calling_countries') }} as countries
    on coalesce(upper(trim(customers.country)), '{{ var("default_country") }}') = countries.alias
left join {{ ref('holiday_zones') }} as departments
    on {{ has_token('departments.department_codes', 'customers.department_code') }}
left join {{ ref('int_canonical__phone_zones') }} as numbers
    on case when customers.department_code is null then called.called_phone_hash end = numbers.phone_hash
left join {{ ref('holiday_zones') }} as zones
    on coalesce(departments.zone, numbers.zone, countries.zone) = zones.zone
