-- grain: one row per model of whole channels and marketing channel (model, marketing_channel)
with totals as (
    select
        sum(conversions) as conversions,
        sum(conversions) / nullif(sum(conversions + non_conversions), 0) as conversion_rate
    from {{ ref('int_attribution__coalitions') }}
),

weights as (
    select
        'markov' as model,
        channel_number,
        removal_effect as effect,
        weight,
        cast(0 as double) as standard_error
    from {{ ref('int_attribution__removal_effects') }}
    union all
    select
        'shapley_rate' as model,
        channel_number,
        shapley_value as effect,
        weight,
        standard_error
    from {{ ref('int_attribution__rate_game') }}
)

select
    weights.model,
    channels.marketing_channel,
    weights.effect,
    weights.weight,
    weights.standard_error,
    weights.weight * totals.conversions as conversions,
    totals.conversion_rate
from weights
inner join {{ ref('int_attribution__channels') }} as channels
    on weights.channel_number = channels.channel_number
cross join totals
