{#
    What is in force among the delivered copies of a raw table's rows, whatever their order of
    arrival. A derived table for a from clause, with every column of the relation.

    - rows delivered as `snapshot`: only those of the newest export (the export replaces all, also
      where it holds a header and no row);
    - rows delivered as `replace_by_day`: per `day_column` only those of the newest export that
      holds the day;
    - then, per key, the first by `prefer` (sort expressions: the source's own survivor rule), the
      newest _exported_at (none is the oldest), the `content` columns, _file_id and _line, which
      come from the content of files.

    `key` and `content` are lists of column names. `content` may be left out: file ids already
    come from content; give it where equal files must not decide between different rows.
#}
{% macro current_rows(relation, key, prefer=[], content=[], day_column=none) -%}
    {%- set order_by = prefer + ['_exported_at desc nulls last'] -%}
    {%- for column in content -%}
        {%- do order_by.append(column ~ ' nulls last') -%}
    {%- endfor -%}
    {%- set order_by = order_by + ['_file_id', '_line'] -%}
    (
        select delivered.*
        from {{ relation }} as delivered
        where
            {{ is_in_newest_list(relation, 'delivered') }}
            {%- if day_column %}
            and (
                delivered._delivery is distinct from 'replace_by_day'
                or delivered.{{ day_column }} is null
                or (delivered.{{ day_column }}, delivered._file_id) in (
                    select
                        newest.day,
                        newest.file_id
                    from {{ ranked_exports(relation, 'replace_by_day', day_column) }} as newest
                    where newest.place = 1
                )
            )
            {%- endif %}
        qualify
            row_number() over (
                partition by {{ key | join(', ') }}
                order by {{ order_by | join(', ') }}
            ) = 1
    )
{%- endmacro %}

{# Whether a raw table's row counts: all do but those of a `snapshot` that a newer one has replaced. #}
{% macro is_in_newest_list(relation, row=none) -%}
    {%- set of = row ~ '.' if row else '' -%}
    (
        {{ of }}_delivery is distinct from 'snapshot'
        or {{ of }}_file_id in (
            select newest.file_id
            from {{ ranked_exports(relation, 'snapshot') }} as newest
            where newest.place = 1
        )
    )
{%- endmacro %}

{#
    Files of one delivery of a raw table, ranked from the newest export on, per day where a
    `day_column` is given. The newest exports have place 1. A derived table.

    A file is of one moment, the newest _exported_at of its rows; files of one moment are one
    export. Files without any are older than dated ones, and each is an export of its own: the one
    loaded later is newer. Of a file without rows the moment is in its name, kept in audit.files;
    a file without even a header (one of no bytes) says nothing.
#}
{% macro ranked_exports(relation, delivery, day_column=none) -%}
    {#- The table's name, also where a unit test's input stands for it under a longer one. -#}
    {%- set table_name = relation.identifier.split('__')[-2:] | join('__') -%}
    (
        select
            dated.day,
            dated.file_id,
            rank() over (
                partition by dated.day
                order by
                    dated.exported_at desc nulls last,
                    case when dated.exported_at is null then dated.loaded_at end desc nulls last,
                    dated.export_key
            ) as place
        from (
            select
                files.day,
                files.file_id,
                max(files.exported_at) over (partition by files.file_id) as exported_at,
                max(files.loaded_at) over (partition by files.file_id) as loaded_at,
                case
                    when max(files.exported_at) over (partition by files.file_id) is null
                        then files.file_id
                end as export_key
            from (
                select
                    {{ 'filled.' ~ day_column if day_column else 'cast(null as date)' }} as day,
                    filled._file_id as file_id,
                    max(filled._exported_at) as exported_at,
                    cast(null as timestamp) as loaded_at
                from {{ relation }} as filled
                where filled._delivery = '{{ delivery }}'
                group by 1, 2
                union all
                select
                    cast(null as date) as day,
                    recorded.file_id,
                    case when recorded.status = 'empty' then recorded.exported_at end as exported_at,
                    recorded.loaded_at
                from {{ source('audit', 'files') }} as recorded
                where
                    recorded.family || '__' || recorded.format = '{{ table_name }}'
                    and recorded.delivery = '{{ delivery }}'
                    and (
                        recorded.status = 'loaded'
                        or (recorded.status = 'empty' and recorded.size_bytes > 0)
                    )
            ) as files
        ) as dated
    )
{%- endmacro %}
