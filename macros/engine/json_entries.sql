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
