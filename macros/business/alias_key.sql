{# A name as the alias seeds write it: lower case, no accents, underscores for spaces and hyphens. #}
{% macro alias_key(column) -%}
    translate(lower(trim({{ column }})), 'àâäçéèêëîïôöùûüÿ -', 'aaaceeeeiioouuuy__')
{%- endmacro %}
