{# A name as the alias seeds write it: lower case, with underscores for spaces and hyphens. #}
{% macro alias_key(column) -%}
    replace(replace(lower(trim({{ column }})), ' ', '_'), '-', '_')
{%- endmacro %}
