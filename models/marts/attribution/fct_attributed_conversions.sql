-- grain: one row per sale, touch and model that gives the touch credit (conversion_id, touch_id, model)
{%- set models = [
    'first', 'last', 'last_non_direct', 'linear', 'position_based', 'time_decay', 'markov', 'shapley'
] %}
with credits as (
    {% for model in models %}
        select
            '{{ model }}' as model,
            conversion_key,
            touch_key,
            {{ model }}_credit as credit
        from {{ ref('int_attribution__credits') }}
        where {{ model }}_credit > 0
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    conversions.conversion_id,
    touches.touch_id,
    credits.model,
    touches.touch_type,
    touches.session_id,
    touches.call_id,
    touches.touched_at,
    touches.marketing_channel,
    names.campaign,
    credits.credit,
    credits.credit * cast(conversions.revenue_eur as double) as credited_revenue_eur
from credits
inner join {{ ref('int_journeys__conversions') }} as conversions
    on credits.conversion_key = {{ key_bits('conversions.conversion_id') }}
inner join {{ ref('int_attribution__touches') }} as touches
    on credits.touch_key = touches.touch_key
left join {{ ref('int_attribution__campaign_names') }} as names
    on touches.campaign = names.campaign_key
