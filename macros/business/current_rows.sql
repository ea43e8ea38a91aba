{#
    What is in force among the delivered copies of a raw table's rows, whatever their order of
    arrival. A derived table for a from clause, with every column of the relation.

    - rows delivered as `snapshot`: only those of the newest export (the export replaces all);
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
            (
                delivered._delivery is distinct from 'snapshot'
                or delivered._exported_at is not distinct from (
                    select max(newest._exported_at)
                    from {{ relation }} as newest
                    where newest._delivery = 'snapshot'
                )
            )
            {%- if day_column %}
            and (
                delivered._delivery is distinct from 'replace_by_day'
                or delivered.{{ day_column }} is null
                or (
                    delivered.{{ day_column }},
                    coalesce(delivered._exported_at, timestamp '1970-01-01 00:00:00')
                ) in (
                    select
                        newest.{{ day_column }},
                        max(coalesce(newest._exported_at, timestamp '1970-01-01 00:00:00'))
                    from {{ relation }} as newest
                    where newest._delivery = 'replace_by_day'
                    group by newest.{{ day_column }}
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
