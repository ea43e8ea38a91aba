{# How to read the day of a row from the contract's event_time; none for tables without a time, and
   in unit tests, which know no contract. #}
{% macro event_days(relation) -%}
    {%- set table_name = raw_table_name(relation) -%}
    {%- for node in (graph.sources or {}).values() if node.identifier == table_name and node.config.meta.event_time -%}
        {%- set column = adapter.quote(node.config.meta.event_time) -%}
        {%- set is_local = node.columns[node.config.meta.event_time].config.meta.clock == 'local' -%}
        {%- set zone = _zone_of_folder(table_name) -%}
        {{ return({
            'column': column,
            'local': 'cast(' ~ (column if is_local else utc_to_local(column, zone)) ~ ' as date)',
            'utc': 'cast(' ~ (local_to_utc(column, zone) if is_local else column) ~ ' as date)',
        }) }}
    {%- endfor -%}
{%- endmacro %}

{# The zone of the folder that a raw table is loaded from, as its newest file knows it: SQL. #}
{% macro _zone_of_folder(table_name) -%}
    coalesce((
        select recorded.time_zone
        from {{ source('audit', 'files') }} as recorded
        where recorded.family || '__' || recorded.format = '{{ table_name }}' and recorded.time_zone is not null
        order by recorded.load_id desc, recorded.file_id
        limit 1
    ), '{{ var("business_time_zone") }}')
{%- endmacro %}
