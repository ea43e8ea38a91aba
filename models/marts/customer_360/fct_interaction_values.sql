-- grain: one row per interaction of a journey that led to a sale, and horizon (interaction_id, horizon)
--
-- A sale's value is shared equally among the interactions of its journey: at the short horizon among
-- those of the last days before it, so what is older has no row there. Shares add up to the sale.
with steps as (
    select
        steps.interaction_id,
        steps.journey_key,
        steps.sale_us,
        steps.sale_us - steps.occurred_us <= {{ var('interaction_short_days') }} * 86400000000 as is_short,
        sale_values.short_eur,
        sale_values.medium_eur,
        sale_values.long_eur
    from {{ ref('int_journeys__journey_steps') }} as steps
    inner join {{ ref('int_customer_360__sale_values') }} as sale_values
        on steps.person_key = sale_values.person_key and steps.sale_us = sale_values.sale_us
),

journeys as (
    select
        journey_key,
        count(*) as step_count,
        count(case when is_short then 1 end) as short_step_count
    from steps
    group by journey_key
)
{% for horizon in ['short', 'medium', 'long'] %}
    {% set count = 'short_step_count' if horizon == 'short' else 'step_count' %}
    select
        steps.interaction_id,
        '{{ horizon }}' as horizon,
        steps.{{ horizon }}_eur / journeys.{{ count }} as value_eur,
        {{ timestamp_from_us('steps.sale_us') }} as sold_at
    from steps
    inner join journeys on steps.journey_key = journeys.journey_key
    {{ 'where steps.is_short' if horizon == 'short' }}
    {{ 'union all' if not loop.last }}
{%- endfor %}
