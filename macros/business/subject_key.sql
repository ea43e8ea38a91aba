{# What a subject is joined by: the id as delivered, or the hash where the value names a person. #}
{% macro subject_key(column) -%}
    case when {{ column }}_status = 'plain' then {{ column }} else {{ column }}_hash end
{%- endmacro %}
