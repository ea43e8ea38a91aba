-- What the interactions of a journey are worth adds up to its sales, at each horizon.
with steps as (
    select
        journey.journey_key,
        journey.person_key,
        journey.sale_us,
        worth.horizon,
        sum(worth.value_eur) as value_eur
    from {{ ref('fct_interaction_values') }} as worth
    inner join {{ ref('int_journeys__journey_steps') }} as journey
        on worth.interaction_id = journey.interaction_id
    group by journey.journey_key, journey.person_key, journey.sale_us, worth.horizon
)

select
    steps.journey_key,
    steps.horizon,
    steps.value_eur
from steps
left join {{ ref('int_customer_360__sale_values') }} as sales
    on steps.person_key = sales.person_key and steps.sale_us = sales.sale_us
where
    coalesce(abs(steps.value_eur - case steps.horizon
        when 'short' then sales.short_eur
        when 'medium' then sales.medium_eur
        else sales.long_eur
    end), 1) > 1e-9 * greatest(1, abs(steps.value_eur))
