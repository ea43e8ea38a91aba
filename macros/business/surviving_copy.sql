{#
    Whether a row of a raw table is in force (is_in_force) and, of the copies of its key (a list of
    columns), the first by `order_by`, the survivor rule, in which the copies are named `copies`.
    What the row says (row_content) and its place (_file_id, _line) end it. `row` is the alias of
    the only table.

    Only keys that were delivered more than once are ranked: a window over every row would carry and
    digest all of them. Where the key is costly to make, `suspects` are cheap columns that copies
    share: it is made only for rows that have those in common.
#}
{% macro is_surviving_copy(relation, row, key, order_by=[], suspects=none, day=none, part=none) -%}
    {%- set later_copies %}
        select
            copies._file_id,
            copies._line
        from {{ relation }} as copies
        where
            {{ narrow_hash(suspects or key) }} in (
                select {{ narrow_hash(suspects or key) }}
                from {{ relation }}
                group by 1
                having count(*) > 1
            )
            and {{ is_in_force(relation, 'copies', day=day, part=part) }}
        qualify
            row_number() over (
                partition by {{ key | join(', ') }}
                order by {{ (order_by + row_content(relation) + ['_file_id', '_line']) | join(', ') }}
            ) > 1
    {% endset -%}
    {{ is_in_force(relation, row, later_copies, day=day, part=part) }}
{%- endmacro %}
