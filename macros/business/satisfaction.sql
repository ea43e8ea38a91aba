{#
    Whether an answer on satisfaction is one of the two best, or of the two worst, whichever way the scale
    runs. A scale of two or three answers has too few for two on either side: there the best and the worst
    answer alone count. Null where the scale isn't known. `answers` is a relation with score, scale_min,
    scale_max and higher_is_better.
#}
{% macro is_satisfied(answers) -%} {{ _at_an_end(answers, answers ~ '.higher_is_better') }} {%- endmacro %}

{% macro is_dissatisfied(answers) -%} {{ _at_an_end(answers, 'not ' ~ answers ~ '.higher_is_better') }} {%- endmacro %}

{% macro _at_an_end(answers, is_high_end) -%}
    {%- set span = '(' ~ answers ~ '.scale_max - ' ~ answers ~ '.scale_min)' %}
    {%- set beside = 'case when ' ~ span ~ ' >= 3 then 1 else 0 end' -%}
    case
        when {{ span }} <= 0 then null
        when {{ is_high_end }} then {{ answers }}.score >= {{ answers }}.scale_max - {{ beside }}
        when not ({{ is_high_end }}) then {{ answers }}.score <= {{ answers }}.scale_min + {{ beside }}
    end
{%- endmacro %}
