-- grain: one row per person: quintiles, segment and the care that they are due (person_id)
--
-- The first row of treatment_levels whose stated conditions hold. Who isn't a customer has no level.
with scored as (
    select
        people.person_id,
        people.is_customer,
        customers.customer_kind,
        lower(trim(customers.segment)) as segment,
        customers.department_code,
        recency.quintile as recency_quintile,
        frequency.quintile as frequency_quintile,
        monetary.quintile as monetary_quintile,
        lifetime.quintile as value_quintile
    from {{ ref('int_identity__persons') }} as people
    left join {{ ref('int_canonical__customers') }} as customers
        on people.customer_id = customers.customer_id
    left join {{ ref('int_customer_360__person_values') }} as person_values
        on people.person_id = person_values.person_id
    {%- for alias, measure, column in [
        ('recency', 'recency', epoch_us('person_values.last_sale_at')),
        ('frequency', 'frequency', 'person_values.sale_count'),
        ('monetary', 'monetary', 'person_values.revenue_eur'),
        ('lifetime', 'lifetime_value', 'person_values.lifetime_value_eur')
    ] %}
        left join {{ ref('int_customer_360__quintiles') }} as {{ alias }}
            on
                {{ alias }}.measure = '{{ measure }}'
                and cast({{ column }} as decimal(38, 4)) = {{ alias }}.measured
    {%- endfor %}
),

kinds as (
    select distinct
        segment,
        value_quintile
    from scored
    where is_customer
),

levels as (
    select
        kinds.segment,
        kinds.value_quintile,
        min(rules.rank) as rank
    from kinds
    inner join {{ ref('treatment_levels') }} as rules
        on
            (rules.segment is null or kinds.segment = rules.segment)
            and (rules.value_quintile_from is null or kinds.value_quintile >= rules.value_quintile_from)
    group by kinds.segment, kinds.value_quintile
)

select
    scored.person_id,
    scored.customer_kind,
    scored.segment,
    scored.department_code,
    scored.recency_quintile,
    scored.frequency_quintile,
    scored.monetary_quintile,
    scored.value_quintile,
    rules.treatment_level
from scored
left join levels
    on
        case when scored.is_customer then coalesce(scored.segment, '') end = coalesce(levels.segment, '')
        and coalesce(scored.value_quintile, 0) = coalesce(levels.value_quintile, 0)
left join {{ ref('treatment_levels') }} as rules
    on levels.rank = rules.rank
