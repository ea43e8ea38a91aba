{#
    Whether an answer on satisfaction is one of the two best, or of the two worst, whichever way the scale
    runs. A scale of two or three answers has too few for two on either side: there the best and the worst
    answer alone count. High is good unless the survey says otherwise. Null where the scale isn't known.
    Reads the columns score, scale_min, scale_max and higher_is_better.
#}
{% macro is_satisfied() -%} {{ _at_an_end('coalesce(higher_is_better, true)') }} {%- endmacro %}

{% macro is_dissatisfied() -%} {{ _at_an_end('not coalesce(higher_is_better, true)') }} {%- endmacro %}

{% macro _at_an_end(is_high_end) -%}
    {%- set beside = 'case when scale_max - scale_min >= 3 then 1 else 0 end' -%}
    case
        when scale_max <= scale_min then null
        when {{ is_high_end }} then score >= scale_max - {{ beside }}
        when not ({{ is_high_end }}) then score <= scale_min + {{ beside }}
    end
{%- endmacro %}
