{# The elements of a JSON array inside a JSON value, as a list; one null where there is none, so that
   no row is lost by taking a list apart. #}
{% macro json_elements(expression, path='$') -%}
    {{ return(adapter.dispatch('json_elements', 'passerelle')(expression, path)) }}
{%- endmacro %}

{% macro duckdb__json_elements(expression, path) -%}
    case
        when json_array_length({{ expression }}, '{{ path }}') > 0
            then json_extract({{ expression }}, '{{ path }}[*]')
        else [cast(null as json)]
    end
{%- endmacro %}

{% macro spark__json_elements(expression, path) -%}
    coalesce(
        nullif({{ spark__json_array(expression, path) }}, cast(array() as array<string>)),
        array(cast(null as string))
    )
{%- endmacro %}

{# Two columns of a select list that turn one row into one row per element of a list: the element,
   and its place from 1. #}
{% macro explode_numbered(list, item, place) -%}
    {{ return(adapter.dispatch('explode_numbered', 'passerelle')(list, item, place)) }}
{%- endmacro %}

{% macro duckdb__explode_numbered(list, item, place) -%}
    unnest({{ list }}) as {{ item }},
    unnest(generate_series(1, len({{ list }}))) as {{ place }}
{%- endmacro %}

{% macro spark__explode_numbered(list, item, place) -%}
    inline(transform(
        {{ list }}, (element, place) -> named_struct('{{ item }}', element, '{{ place }}', cast(place + 1 as bigint))
    ))
{%- endmacro %}

{# Sum of the whole numbers at `value_path` of those elements of a JSON array whose `name_path` is
   `name`; null where there is none. #}
{% macro json_sum(expression, array_path, name_path, name, value_path) -%}
    {{ return(adapter.dispatch('json_sum', 'passerelle')(
        expression, array_path, name_path, name, value_path
    )) }}
{%- endmacro %}

{% macro duckdb__json_sum(expression, array_path, name_path, name, value_path) -%}
    cast(list_sum(list_transform(
        list_filter(
            json_extract({{ expression }}, '{{ array_path }}[*]'),
            lambda element: json_extract_string(element, '{{ name_path }}') = '{{ name }}'
        ),
        lambda element: try_cast(json_extract_string(element, '{{ value_path }}') as bigint)
    )) as bigint)
{%- endmacro %}

{% macro spark__json_sum(expression, array_path, name_path, name, value_path) -%}
    aggregate(
        transform(
            filter(
                {{ spark__json_array(expression, array_path) }},
                element -> get_json_object(element, '{{ name_path }}') = '{{ name }}'
            ),
            element -> try_cast(get_json_object(element, '{{ value_path }}') as bigint)
        ),
        cast(null as bigint),
        (total, value) -> coalesce(total + value, total, value)
    )
{%- endmacro %}

{# A time in ISO 8601 as it stands in a JSON text, in UTC; null where it is none. #}
{% macro json_time(expression, path) -%}
    {{ return(adapter.dispatch('json_time', 'passerelle')(expression, path)) }}
{%- endmacro %}

{% macro duckdb__json_time(expression, path) -%}
    timezone('UTC', try_cast(json_extract_string({{ expression }}, '{{ path }}') as timestamptz))
{%- endmacro %}

{% macro spark__json_time(expression, path) -%}
    try_cast(get_json_object({{ expression }}, '{{ path }}') as timestamp)
{%- endmacro %}

{# The elements of a JSON array as texts: an object or array in its JSON, a text as it is. #}
{% macro spark__json_array(expression, path) -%}
    from_json(get_json_object({{ expression }}, '{{ path }}'), 'array<string>')
{%- endmacro %}
