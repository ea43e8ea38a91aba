{# A code as delivered; null for what isn't one word, which may be a remark about a person. #}
{% macro code_or_null(expression) -%}
    case
        when {{ regexp_matches(expression, "'^[A-Za-z0-9_.:/-]{1,60}$'") }}
            then {{ safe_text(expression) }}
    end
{%- endmacro %}
