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

{# A list of named values of several types (GA4's parameters: `[{"key": …, "value": {"string_value":
   …, "int_value": …}}]`) as an array of names and texts. The one pass over the JSON: the macros
   below read what it gives. Whole numbers are texts, so that none loses a digit. #}
{% macro json_entries(expression) -%}
    {{ return(adapter.dispatch('json_entries', 'passerelle')(expression)) }}
{%- endmacro %}

{% macro duckdb__json_entries(expression) -%}
    {%- set value = '{"string_value": "VARCHAR", "int_value": "VARCHAR", "float_value": "DOUBLE", '
        ~ '"double_value": "DOUBLE"}' -%}
    list_transform(
        json_transform({{ expression }}, '[{"key": "VARCHAR", "value": {{ value }}}]'),
        lambda entry: struct_pack(
            name := entry.key,
            text := coalesce(
                entry.value.string_value,
                entry.value.int_value,
                cast(entry.value.double_value as varchar),
                cast(entry.value.float_value as varchar)
            )
        )
    )
{%- endmacro %}

{% macro spark__json_entries(expression) -%}
    transform(
        from_json(
            {{ expression }},
            'array<struct<key: string, value: struct<string_value: string, int_value: string, float_value: double, double_value: double>>>'
        ),
        entry -> named_struct(
            'name', entry.key,
            'text', coalesce(
                entry.value.string_value,
                entry.value.int_value,
                cast(entry.value.double_value as string),
                cast(entry.value.float_value as string)
            )
        )
    )
{%- endmacro %}

{# The names of json_entries, in their order. #}
{% macro entry_names(entries) -%}
    {{ return(adapter.dispatch('entry_names', 'passerelle')(entries)) }}
{%- endmacro %}

{% macro duckdb__entry_names(entries) -%}
    list_transform({{ entries }}, lambda entry: entry.name)
{%- endmacro %}

{% macro spark__entry_names(entries) -%}
    transform({{ entries }}, entry -> entry.name)
{%- endmacro %}

{# The texts of json_entries, in the order of their names. #}
{% macro entry_texts(entries) -%}
    {{ return(adapter.dispatch('entry_texts', 'passerelle')(entries)) }}
{%- endmacro %}

{% macro duckdb__entry_texts(entries) -%}
    list_transform({{ entries }}, lambda entry: entry.text)
{%- endmacro %}

{% macro spark__entry_texts(entries) -%}
    transform({{ entries }}, entry -> entry.text)
{%- endmacro %}

{# The text of the first entry of a name, from the two arrays; null where there is none. #}
{% macro entry_text(names, texts, name) -%}
    {{ return(adapter.dispatch('entry_text', 'passerelle')(names, texts, name)) }}
{%- endmacro %}

{% macro duckdb__entry_text(names, texts, name) -%}
    nullif(array_extract({{ texts }}, list_position({{ names }}, '{{ name }}')), '')
{%- endmacro %}

{% macro spark__entry_text(names, texts, name) -%}
    nullif(get({{ texts }}, cast(array_position({{ names }}, '{{ name }}') as int) - 1), '')
{%- endmacro %}

{# All entries as one text, the same whatever their order. #}
{% macro entries_text(entries) -%}
    {{ return(adapter.dispatch('entries_text', 'passerelle')(entries)) }}
{%- endmacro %}

{% macro duckdb__entries_text(entries) -%}
    array_to_string(list_sort(list_transform(
        {{ entries }}, lambda entry: concat(entry.name, chr(31), entry.text)
    )), chr(30))
{%- endmacro %}

{% macro spark__entries_text(entries) -%}
    array_join(array_sort(transform(
        {{ entries }}, entry -> concat(coalesce(entry.name, ''), chr(31), coalesce(entry.text, ''))
    )), chr(30))
{%- endmacro %}

{# The entries of the given names as json_pick gives them, in the order of their names. #}
{% macro entries_pick(entries, keys) -%}
    {{ return(adapter.dispatch('entries_pick', 'passerelle')(entries, keys)) }}
{%- endmacro %}

{% macro duckdb__entries_pick(entries, keys) -%}
    nullif('{' || array_to_string(list_transform(
        list_sort(list_filter(
            {{ entries }},
            lambda entry: entry.text is not null
                and list_contains(['{{ keys | join("', '") }}'], entry.name)
        )),
        lambda entry: cast(to_json(entry.name) as varchar) || ':' || cast(to_json(entry.text) as varchar)
    ), ',') || '}', '{}')
{%- endmacro %}

{% macro spark__entries_pick(entries, keys) -%}
    nullif('{' || array_join(transform(
        array_sort(filter(
            {{ entries }},
            entry -> entry.text is not null
                and array_contains(array('{{ keys | join("', '") }}'), entry.name)
        )),
        entry -> btrim(to_json(array(entry.name)), '[]') || ':' || btrim(to_json(array(entry.text)), '[]')
    ), ',') || '}', '{}')
{%- endmacro %}
