{# What the interval of a difference shows; nothing where `is_too_little` holds. #}
{% macro difference_verdict(low, high, is_too_little) -%}
    case
        when {{ is_too_little }} then 'too_little_data'
        when {{ low }} > 0 then 'higher'
        when {{ high }} < 0 then 'lower'
        else 'no_difference_shown'
    end
{%- endmacro %}
