{# What a raw row says, as one hash of the contract's columns: of copies that differ it chooses the same
   one however they are spread over files and lines. A list for an order by; empty in unit tests,
   which know no contract. #}
{% macro row_content(relation) -%}
    {%- set table_name = raw_table_name(relation) -%}
    {%- set fields = [] -%}
    {%- for node in (graph.sources or {}).values() if node.schema == 'raw' and node.identifier == table_name -%}
        {%- for column in node.columns.values() if not column.name.startswith('_') -%}
            {%- set name = adapter.quote(column.name) -%}
            {%- set is_time = (column.data_type or '') | lower in ['timestamp', 'timestamp_ntz'] -%}
            {%- do fields.append(epoch_us(name) if is_time else name) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return([hash_key(fields)] if fields else []) }}
{%- endmacro %}
