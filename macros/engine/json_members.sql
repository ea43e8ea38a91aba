{# The keys of a JSON object as an array, in their order; null where it is none. #}
{% macro json_key_list(expression) -%}
    {{ return(adapter.dispatch('json_key_list', 'passerelle')(expression)) }}
{%- endmacro %}

{% macro duckdb__json_key_list(expression) -%}
    json_keys({{ expression }})
{%- endmacro %}

{% macro spark__json_key_list(expression) -%}
    json_object_keys({{ expression }})
{%- endmacro %}

{# The scalar under a key of a JSON object as text; the key is an expression, any text. #}
{% macro json_member(expression, key) -%}
    {{ return(adapter.dispatch('json_member', 'passerelle')(expression, key)) }}
{%- endmacro %}

{% macro duckdb__json_member(expression, key) -%}
    json_extract_string({{ expression }}, '/' || replace(replace({{ key }}, '~', '~0'), '/', '~1'))
{%- endmacro %}

{% macro spark__json_member(expression, key) -%}
    try_element_at(from_json({{ expression }}, 'map<string, string>'), {{ key }})
{%- endmacro %}

{# The scalar at `value_path` in the first element of an array of JSON objects whose scalar at
   `name_path` is `value`, an expression. #}
{% macro json_look_up(expression, name_path, value, value_path) -%}
    {{ return(adapter.dispatch('json_look_up', 'passerelle')(expression, name_path, value, value_path)) }}
{%- endmacro %}

{% macro duckdb__json_look_up(expression, name_path, value, value_path) -%}
    json_extract_string(
        list_filter(
            json_extract({{ expression }}, '$[*]'),
            lambda element: json_extract_string(element, '{{ name_path }}') = {{ value }}
        )[1],
        '{{ value_path }}'
    )
{%- endmacro %}

{% macro spark__json_look_up(expression, name_path, value, value_path) -%}
    get_json_object(
        get(filter(
            {{ spark__json_array(expression, '$') }},
            element -> get_json_object(element, '{{ name_path }}') = {{ value }}
        ), 0),
        '{{ value_path }}'
    )
{%- endmacro %}

{# A text as an exact number, null where it is none. #}
{% macro number_or_null(expression) -%}
    {{ return(adapter.dispatch('number_or_null', 'passerelle')(expression)) }}
{%- endmacro %}

{% macro duckdb__number_or_null(expression) -%}
    try_cast({{ expression }} as decimal(18, 4))
{%- endmacro %}

{% macro spark__number_or_null(expression) -%}
    try_cast({{ expression }} as decimal(18, 4))
{%- endmacro %}

{# The names of a JSON object's keys in their order, joined by `|`; null where there is none. #}
{% macro json_names(expression) -%}
    {{ return(adapter.dispatch('json_names', 'passerelle')(expression)) }}
{%- endmacro %}

{% macro duckdb__json_names(expression) -%}
    nullif(array_to_string(list_sort(json_keys({{ expression }})), '|'), '')
{%- endmacro %}

{% macro spark__json_names(expression) -%}
    nullif(array_join(array_sort(json_object_keys({{ expression }})), '|'), '')
{%- endmacro %}
