-- grain: one row per customer who began a contact, with what is known before the last one and now (person_id)
--
-- The last contact is the answer to learn; counts up to the one before it are what was known then. A
-- recommendation reads the same columns one contact later. Web visits are there only where consent links them.
{%- set channels = ['web', 'app', 'phone', 'chat', 'branch', 'email', 'sms'] %}
with contacts as (
    select
        interaction_id,
        person_id,
        contact_channel,
        {{ epoch_us('occurred_at') }} as occurred_us
    from {{ ref('int_journeys__interactions') }}
    where
        person_id is not null
        and direction = 'inbound'
        and source in ('session', 'call', 'contact')
        and contact_channel in ('web', 'app', 'phone', 'chat', 'branch', 'email', 'sms')
        and occurred_at <= {{ as_of() }}
),

numbered as (
    select
        person_id,
        contact_channel,
        occurred_us,
        row_number() over (partition by person_id order by occurred_us desc, interaction_id asc) as back
    from contacts
),

habits as (
    select
        person_id,
        max(case when back = 1 then contact_channel end) as last_channel,
        max(case when back = 2 then contact_channel end) as previous_channel,
        max(case when back = 1 then occurred_us end) as last_us,
        {% for channel in channels -%}
            count(case when contact_channel = '{{ channel }}' then 1 end) as {{ channel }}_count,
        {% endfor -%}
        max(case when back = 2 then occurred_us end) as previous_us
    from numbered
    group by person_id
),

contracts as (
    select
        customer_id,
        premium_eur,
        {{ epoch_us('opened_at') }} as from_us,
        coalesce({{ epoch_us('closed_at') }}, 9223372036854775807) as to_us,
        {{ epoch_us(as_of()) }} as now_us
    from {{ ref('int_canonical__contracts') }}
    where contract_role = 'holder'
),

premiums as (
    select
        habits.person_id,
        cast(sum(case
            when habits.last_us > contracts.from_us and habits.last_us <= contracts.to_us
                then contracts.premium_eur
        end) as double) as premium_before_eur,
        cast(sum(case
            when contracts.now_us >= contracts.from_us and contracts.now_us < contracts.to_us
                then contracts.premium_eur
        end) as double) as premium_eur
    from habits
    inner join {{ ref('int_identity__members') }} as members
        on habits.person_id = members.person_id and members.identifier_type = 'customer_id'
    inner join contracts
        on members.identifier_value = contracts.customer_id
    group by habits.person_id
)

select
    habits.person_id,
    -- decides folds and samples: the same whatever id the person has in this warehouse
    {{ key_bits(hash_key(['persons.customer_id'])) }} as sample_key,
    habits.last_channel,
    habits.previous_channel,
    cast(habits.last_us - habits.previous_us as double) / 86400000000 as days_before,
    cast({{ epoch_us(as_of()) }} - habits.last_us as double) / 86400000000 as days_now,
    {% for channel in channels -%}
        habits.{{ channel }}_count,
    {% endfor -%}
    coalesce(premiums.premium_before_eur, 0) as premium_before_eur,
    coalesce(premiums.premium_eur, 0) as premium_eur,
    extract(year from {{ as_of() }}) - customers.birth_year as age,
    customers.department_code,
    customers.customer_kind
from habits
inner join {{ ref('int_identity__persons') }} as persons
    on habits.person_id = persons.person_id
inner join {{ ref('int_canonical__customers') }} as customers
    on persons.customer_id = customers.customer_id
left join premiums
    on habits.person_id = premiums.person_id
