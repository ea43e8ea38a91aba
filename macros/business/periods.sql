{# Ends of time: so that a period always has both its ends. #}
{% macro ever() -%} timestamp '1900-01-01 00:00:00' {%- endmacro %}

{% macro never() -%} timestamp '9999-12-31 00:00:00' {%- endmacro %}

{# Whether an identifier was one person's (valid_from, valid_to of the bridge) at a moment. #}
{% macro held_at(members, moment) -%}
    {{ moment }} >= {{ members }}.valid_from
    and {{ moment }} < coalesce({{ members }}.valid_to, {{ never() }})
{%- endmacro %}
