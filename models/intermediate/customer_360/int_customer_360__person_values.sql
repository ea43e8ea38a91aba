-- grain: one row per person who bought or holds a contract, and what they are worth (person_id)
--
-- Worth is margin: of contracts in force, and of orders to come where enough buyers came back to learn
-- from them; their revenue counts with the usual margin.
with people as (
    select person_id
    from {{ ref('int_customer_360__buyers') }}
    union distinct
    select person_id
    from {{ ref('int_customer_360__equipment') }}
)

select
    people.person_id,
    buyers.sale_count,
    buyers.last_sale_at,
    buyers.revenue_eur,
    repeats.active_probability,
    cast(
        coalesce(equipment.year_value_eur, 0)
        + coalesce(repeats.year_revenue_eur, 0) * {{ var('default_margin_rate') }} as decimal(18, 4)
    ) as year_value_eur,
    cast(
        coalesce(equipment.lifetime_value_eur, 0)
        + coalesce(repeats.lifetime_revenue_eur, 0) * {{ var('default_margin_rate') }} as decimal(18, 4)
    ) as lifetime_value_eur
from people
left join {{ ref('int_customer_360__buyers') }} as buyers
    on people.person_id = buyers.person_id
left join {{ ref('int_customer_360__equipment') }} as equipment
    on people.person_id = equipment.person_id
left join {{ ref('int_customer_360__repeat_values') }} as repeats
    on people.person_id = repeats.person_id
