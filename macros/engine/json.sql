{# The scalar at a path (`$.a.b`) of a JSON column as text; null where it is missing. #}
{% macro json_value(expression, path) -%}
    {{ return(adapter.dispatch('json_value', 'passerelle')(expression, path)) }}
{%- endmacro %}

{% macro duckdb__json_value(expression, path) -%}
    json_extract_string({{ expression }}, '{{ path }}')
{%- endmacro %}

{% macro spark__json_value(expression, path) -%}
    get_json_object({{ expression }}, '{{ path }}')
{%- endmacro %}

{# A value inside the first element of an array of objects whose `name_path` is like `pattern`.
   Snowplow's contexts are such arrays: [{"schema": "iglu:…", "data": {…}}, …]. #}
{% macro json_find(expression, array_path, name_path, pattern, value_path) -%}
    {{ return(adapter.dispatch('json_find', 'passerelle')(
        expression, array_path, name_path, pattern, value_path
    )) }}
{%- endmacro %}

{% macro duckdb__json_find(expression, array_path, name_path, pattern, value_path) -%}
    json_extract_string(
        list_filter(
            json_extract({{ expression }}, '{{ array_path }}[*]'),
            lambda element: json_extract_string(element, '{{ name_path }}') like '{{ pattern }}'
        )[1],
        '{{ value_path }}'
    )
{%- endmacro %}

{% macro spark__json_find(expression, array_path, name_path, pattern, value_path) -%}
    get_json_object(
        get(filter(
            {{ spark__json_array(expression, array_path) }},
            element -> get_json_object(element, '{{ name_path }}') like '{{ pattern }}'
        ), 0),
        '{{ value_path }}'
    )
{%- endmacro %}

{# A JSON object as text with the given keys and value expressions, nulls left out; null where
   nothing is left. `entries` is a list of (key, expression). #}
{% macro json_build(entries) -%}
    {{ return(adapter.dispatch('json_build', 'passerelle')(entries)) }}
{%- endmacro %}

{% macro duckdb__json_build(entries) -%}
    nullif(cast(json_merge_patch('{}', json_object(
        {%- for key, expression in entries %}
        '{{ key }}', {{ expression }}{{ "," if not loop.last }}
        {%- endfor %}
    )) as varchar), '{}')
{%- endmacro %}

{% macro spark__json_build(entries) -%}
    nullif(to_json(named_struct(
        {%- for key, expression in entries %}
        '{{ key }}', {{ expression }}{{ "," if not loop.last }}
        {%- endfor %}
    )), '{}')
{%- endmacro %}

{# The named keys of a JSON object as a JSON text, values as texts, nulls left out; null where
   nothing is left. One pass over the object. #}
{% macro json_pick(expression, keys) -%}
    {{ return(adapter.dispatch('json_pick', 'passerelle')(expression, keys)) }}
{%- endmacro %}

{% macro duckdb__json_pick(expression, keys) -%}
    nullif(cast(json_merge_patch('{}', to_json(json_transform(
        {{ expression }},
        '{ {%- for key in keys -%}"{{ key }}":"VARCHAR"{{ "," if not loop.last }}{%- endfor -%} }'
    ))) as varchar), '{}')
{%- endmacro %}

{% macro spark__json_pick(expression, keys) -%}
    nullif(to_json(from_json(
        {{ expression }},
        '{%- for key in keys -%} `{{ key }}` string{{ "," if not loop.last }}{%- endfor -%}'
    )), '{}')
{%- endmacro %}

{# An object or array inside a JSON column, as JSON. #}
{% macro json_part(expression, path) -%}
    {{ return(adapter.dispatch('json_part', 'passerelle')(expression, path)) }}
{%- endmacro %}

{% macro duckdb__json_part(expression, path) -%}
    json_extract({{ expression }}, '{{ path }}')
{%- endmacro %}

{% macro spark__json_part(expression, path) -%}
    get_json_object({{ expression }}, '{{ path }}')
{%- endmacro %}
