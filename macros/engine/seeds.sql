{# A seed on Spark, in one statement: the library's way writes a file a batch and quotes no text. #}
{% macro spark__create_csv_table(model, agate_table) -%}
    {%- set types = model["config"].get("column_types", {}) -%}
    {%- set columns = [] -%}
    {%- for name in agate_table.column_names -%}
        {%- set type = types.get(name) or adapter.convert_type(agate_table, loop.index0) -%}
        {%- do columns.append("cast(" ~ name ~ " as " ~ (spark__type_name(type) | trim) ~ ") as " ~ name) -%}
    {%- endfor -%}
    {%- set sql -%}
        create table {{ this.render() }} as
        select {{ columns | join(", ") }}
        from values
        {%- for row in agate_table.rows %}
        (
            {%- for value in row -%}
                {%- if value is none -%} cast(null as string)
                {%- else -%} '{{ value | string | replace("\\", "\\\\") | replace("'", "''") }}'
                {%- endif -%}
                {{- ", " if not loop.last -}}
            {%- endfor -%}
        )
            {{- "," if not loop.last -}}
        {%- else %}
        ({%- for name in agate_table.column_names -%} cast(null as string){{ ", " if not loop.last }}{%- endfor -%})
        {%- endfor %}
        as rows({{ agate_table.column_names | join(", ") }})
        {%- if not agate_table.rows | length %} where false {%- endif -%}
    {%- endset -%}
    {%- call statement("_") -%} {{ sql }} {%- endcall -%}
    {{ return(sql) }}
{%- endmacro %}

{% macro spark__load_csv_rows(model, agate_table) -%}
    {{ return("") }}
{%- endmacro %}
