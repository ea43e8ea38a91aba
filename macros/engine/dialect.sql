{#
    What Spark spells otherwise and what half the models would need a macro for: a text without
    length is `string`, JSON is kept as text, whole numbers are divided by `div`, two functions lack
    an underscore, `/` gives a double also between decimals, names are quoted by backticks; in texts,
    which are left alone otherwise, a backslash is written twice. It is put into SQL where the engine
    is handed it (the macros below, which dbt looks up by their names), so that models read as SQL.
#}
{% macro spark__spelled(sql) -%}
    {%- set spellings = [
        ("(?i)\\bas\\s+(varchar|json|text)(?=\\s*\\))", "as string"),
        ("(?<=\\s)//(?=\\s)", "div"),
        ("(?<=\\s)/(?=\\s)", "/ 1d /"),
        ("(?i)\\b(starts|ends)_with(?=\\()", "\\1with"),
        ('"', "`"),
    ] -%}
    {%- set spelled = [] -%}
    {%- for part in modules.re.split("(--[^\\n]*|'(?:[^']|'')*')", sql) -%}
        {%- if loop.index0 % 2 -%}
            {%- do spelled.append(part | replace("\\", "\\\\")) -%}
        {%- else -%}
            {%- set code = namespace(sql=part) -%}
            {%- for ours, theirs in spellings -%}
                {%- set code.sql = modules.re.sub(ours, theirs, code.sql) -%}
            {%- endfor -%}
            {%- do spelled.append(code.sql) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- spelled | join -}}
{%- endmacro %}

{# A type as a contract or a seed names it. #}
{% macro spark__type_name(data_type) -%}
    {%- if data_type | lower in ("varchar", "text", "json") -%} string {%- else -%} {{ data_type }} {%- endif -%}
{%- endmacro %}

{#
    A contract's columns are cast to its types: decimals grow otherwise on this engine, and what
    DuckDB divides into a double it keeps exact.
#}
{% macro spark__create_table_as(temporary, relation, compiled_code, language="sql") -%}
    {%- if language == "python" -%}
        {{ return(compiled_code) }}
    {%- endif -%}
    {%- set sql = spark__spelled(compiled_code) -%}
    {%- if temporary -%}
        create or replace temporary view {{ relation }} as {{ sql }}
    {%- else -%}
        create table {{ relation }}
        {{ file_format_clause() }}
        {{ partition_cols(label="partitioned by") }}
        {{ location_clause() }}
        as
        {% if config.get("contract").enforced -%}
            select
            {%- for column in model.columns.values() %}
                cast({{ column.name }} as {{ spark__type_name(column.data_type) }}) as {{ column.name }}
                {{- "," if not loop.last }}
            {%- endfor %}
            from ({{ sql }}) as built
        {%- else -%}
            {{ sql }}
        {%- endif %}
    {%- endif -%}
{%- endmacro %}

{% macro spark__create_view_as(relation, sql) -%}
    create or replace view {{ relation }} as {{ spark__spelled(sql) }}
{%- endmacro %}

{% macro spark__get_test_sql(main_sql, fail_calc, warn_if, error_if, limit) -%}
    {{ default__get_test_sql(spark__spelled(main_sql), fail_calc, warn_if, error_if, limit) }}
{%- endmacro %}

{# Parquet keeps no constraints: the tests of keys and of required columns hold them. #}
{% macro spark__persist_constraints(relation, model) -%}
{%- endmacro %}
