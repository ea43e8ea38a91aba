{#
    current_rows for tables that hold several accounts or levels of detail, each of which is
    exported and corrected on its own: a derived table for a from clause, with every column of the
    relation.

    - rows delivered as `replace_by_day`: per `part` and `day_column` only those of the newest
      export that holds both. `part` is SQL over the relation's columns, never null;
    - rows delivered as `snapshot`: only those of the newest export;
    - then, per key, the newest _exported_at, _file_id and _line.

    What one export is, and which is the newest, is told at ranked_exports.
#}
{% macro current_days(relation, part, key, day_column) -%}
    {#- The table's name, also where a unit test's input stands for it under a longer one. -#}
    {%- set table_name = relation.identifier.split('__')[-2:] | join('__') -%}
    (
        select delivered.*
        from {{ relation }} as delivered
        where
            case
                when delivered._delivery = 'snapshot' then delivered._file_id in (
                    select newest.file_id
                    from {{ ranked_exports(relation, 'snapshot') }} as newest
                    where newest.place = 1
                )
                when delivered._delivery = 'replace_by_day'
                    then ({{ part }}, delivered.{{ day_column }}, delivered._file_id) in (
                        select
                            newest.part,
                            newest.day,
                            newest.file_id
                        from {{ _ranked_days(relation, table_name, part, day_column) }} as newest
                        where newest.place = 1
                    )
                else true
            end
        qualify
            row_number() over (
                partition by {{ key | join(', ') }}
                order by _exported_at desc nulls last, _file_id, _line
            ) = 1
    )
{%- endmacro %}

{# Files per part and day, ranked from the newest export on. #}
{% macro _ranked_days(relation, table_name, part, day_column) -%}
    (
        select
            dated.part,
            dated.day,
            dated.file_id,
            rank() over (
                partition by dated.part, dated.day
                order by
                    dated.exported_at desc nulls last,
                    case when dated.exported_at is null then dated.loaded_at end desc nulls last,
                    dated.export_key
            ) as place
        from (
            select
                files.part,
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
                    {{ part }} as part,
                    {{ day_column }} as day,
                    _file_id as file_id,
                    max(_exported_at) as exported_at,
                    cast(null as timestamp) as loaded_at
                from {{ relation }} as filled
                where _delivery = 'replace_by_day'
                group by 1, 2, 3
                union all
                select
                    cast(null as varchar) as part,
                    cast(null as date) as day,
                    recorded.file_id,
                    cast(null as timestamp) as exported_at,
                    recorded.loaded_at
                from {{ source('audit', 'files') }} as recorded
                where
                    recorded.family || '__' || recorded.format = '{{ table_name }}'
                    and recorded.delivery = 'replace_by_day'
                    and recorded.status = 'loaded'
            ) as files
        ) as dated
        where dated.part is not null
    )
{%- endmacro %}
