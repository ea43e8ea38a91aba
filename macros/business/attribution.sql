{# Weight of a touch by time decay: it halves with every half-life between the touch and the last one of its path. #}
{% macro decay_weight(age_us) -%}
    pow(0.5, {{ age_us }} / ({{ var('attribution_half_life_days') }} * 86400000000.0))
{%- endmacro %}

{# State of the Markov chain so many touches back: the last channels of the path, as many as markov_order
   says, as digits to the base of 64, the newest last, 1 for channel 0. The start is 0. #}
{% macro chain_state(back) -%}
    cast(
        {%- for further in range(var('markov_order')) %}
        {% if further %}+ {{ 64 ** further }} * {% endif %}coalesce(
            lag(channel_number + 1, {{ back + further }}) over (
                partition by path_key order by touched_us, touch_key
            ),
            0
        )
        {%- endfor %}
        as bigint
    )
{%- endmacro %}
