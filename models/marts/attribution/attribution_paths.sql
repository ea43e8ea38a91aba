-- grain: one row per path of channels as a transform shows it (path_transform, path)
{%- set transforms = {
    'none': ('true', 'steps.position'),
    'exposure': ('not steps.is_repeat', 'steps.position'),
    'first': ('steps.is_first_of_channel', 'steps.position'),
    'unique': ('steps.is_first_of_channel', 'channels.marketing_channel'),
    'remove_trailing_direct': ('not steps.is_trailing_direct', 'steps.position'),
} %}
with texts as (
    {% for transform, rule in transforms.items() %}
        select
            '{{ transform }}' as path_transform,
            steps.sequence_key,
            {{ join_texts('channels.marketing_channel', ' > ', rule[1]) }} as path
        from {{ ref('int_attribution__sequence_steps') }} as steps
        inner join {{ ref('int_attribution__channels') }} as channels
            on steps.channel_number = channels.channel_number
        where {{ rule[0] }}
        group by steps.sequence_key
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    texts.path_transform,
    texts.path,
    cast(sum(sequences.conversions) as bigint) as conversions,
    cast(sum(sequences.non_conversions) as bigint) as non_conversions,
    cast(coalesce(sum(sequences.revenue_eur), 0) as decimal(18, 4)) as revenue_eur
from texts
inner join {{ ref('int_attribution__sequences') }} as sequences
    on texts.sequence_key = sequences.sequence_key
group by texts.path_transform, texts.path
