{# Weight of a touch by time decay: it halves with every half-life between the touch and the sale. #}
{% macro decay_weight(before_us) -%}
    pow(0.5, {{ before_us }} / ({{ var('attribution_half_life_days') }} * 86400000000.0))
{%- endmacro %}
