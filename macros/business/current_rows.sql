{#
    What is in force among the delivered copies of a raw table's rows, whatever their order of
    arrival. A derived table for a from clause, with every column of the relation: of the rows that
    no newer export replaced (is_in_force), per key the first by `prefer` (sort expressions: the
    source's own survivor rule), the newest _exported_at (none is the oldest) and the `content`
    columns; is_surviving_copy ends the order.

    `key` and `content` are lists of column names; `content` is for columns of which one value is
    better than another. `day` and `part` are told at rows_of_replaced_days.
#}
{% macro current_rows(relation, key, prefer=[], content=[], day=none, part=none) -%}
    {%- set order_by = prefer + ['_exported_at desc nulls last'] -%}
    {%- for column in content -%}
        {%- do order_by.append(column ~ ' nulls last') -%}
    {%- endfor -%}
    (
        select delivered.*
        from {{ relation }} as delivered
        where {{ is_surviving_copy(relation, 'delivered', key, order_by, day=day, part=part) }}
    )
{%- endmacro %}

{# A raw table's rows that no newer export replaced, every copy of them: a derived table. #}
{% macro rows_in_force(relation) -%}
    (
        select delivered.*
        from {{ relation }} as delivered
        where {{ is_in_force(relation, 'delivered') }}
    )
{%- endmacro %}

{#
    Whether a row of a raw table counts; `row` is the alias of the only table. All do but those of a
    `snapshot` or, under `replace_by_day`, of a day that a newer export has replaced, and the rows
    `left_out`, a query of _file_id and _line.
#}
{% macro is_in_force(relation, row, left_out=none, day=none, part=none) -%}
    {%- set lists %}
        (
            select
                _file_id as file_id,
                cast(null as {{ dbt.type_string() }}) as reading,
                cast(null as {{ dbt.type_string() }}) as part,
                cast(null as date) as day,
                count(*) as row_count,
                max(_exported_at) as exported_at
            from {{ relation }} as filled
            where _delivery = 'snapshot'
            group by _file_id
        )
    {%- endset %}
    {%- set not_in_force = [rows_of_replaced_days(relation, day, part), left_out] | select | join('union all') -%}
    (
        _delivery is distinct from 'snapshot'
        or _file_id in (
            select newest.file_id
            from (
                select
                    file_id,
                    rank() over (order by {{ _newest_first() }}) as place
                from {{ _exports(relation, 'snapshot', lists) }} as exports
            ) as newest
            where newest.place = 1
        )
    )
    {%- if not_in_force %}
    and {{ is_none_of(row, not_in_force) }}
    {%- endif %}
{%- endmacro %}

{# Order of files and their moments, the newest export first; the parts of one export are equal. #}
{% macro _newest_first() -%}
    exported_at desc nulls last,
    case when exported_at is null then loaded_at end desc nulls last,
    export_key
{%- endmacro %}

{#
    The files of one delivery of a raw table and their moments: a derived table (file_id, reading,
    part, day, row_count, exported_at, loaded_at, export_key). `counted` names a query of its files,
    by reading, part and day where there are such; it gives the first five and exported_at.

    A file is of one moment, the newest _exported_at of its rows; files of one moment are one
    export. Files without any are older than dated ones, and each is an export of its own: the one
    loaded later is newer. Of a file without rows the moment is in its name, kept in audit.files;
    a file without even a header (one of no bytes) says nothing.
#}
{% macro _exports(relation, delivery, counted) -%}
    (
        select
            files.file_id,
            files.reading,
            files.part,
            files.day,
            files.row_count,
            max(files.exported_at) over (partition by files.file_id) as exported_at,
            max(files.loaded_at) over (partition by files.file_id) as loaded_at,
            case
                when max(files.exported_at) over (partition by files.file_id) is null then files.file_id
            end as export_key
        from (
            select
                counted.file_id,
                counted.reading,
                counted.part,
                counted.day,
                counted.row_count,
                counted.exported_at,
                cast(null as timestamp) as loaded_at
            from {{ counted }} as counted
            union all
            select
                recorded.file_id,
                cast(null as {{ dbt.type_string() }}) as reading,
                cast(null as {{ dbt.type_string() }}) as part,
                cast(null as date) as day,
                cast(null as bigint) as row_count,
                case when recorded.status = 'empty' then recorded.exported_at end as exported_at,
                recorded.loaded_at
            from {{ source('audit', 'files') }} as recorded
            where
                recorded.family || '__' || recorded.format = '{{ raw_table_name(relation) }}'
                and recorded.delivery = '{{ delivery }}'
                and (
                    recorded.status = 'loaded'
                    or (recorded.status = 'empty' and recorded.size_bytes > 0)
                )
        ) as files
    )
{%- endmacro %}

{# The table's name, also where a unit test's input stands for it under a longer one. #}
{% macro raw_table_name(relation) -%}
    {{ return(relation.identifier.split('__')[-2:] | join('__')) }}
{%- endmacro %}
