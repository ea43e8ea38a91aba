{#
    Rows of a raw table that a corrected day has replaced: those delivered as `replace_by_day` of a
    day that a newer export holds as well. A query (_file_id, _line); none for tables without a time.

    `part` tells apart what is exported and corrected on its own, accounts or levels of a report:
    SQL over the relation's columns, never null.

    `day` is a column that holds the date. Without one the contract's `event_time` tells the day, in
    the folder's zone or in UTC: files are cut by the one of the two by which they hold the fewest
    days, all files of the table taken together.

    What holds a day: by times, exports have stragglers of other days, a call that ended after
    midnight, events that a browser sent late. An export holds the days on which at least
    `day_held_share` of the rows of its busiest day lie, and of two exports of a day the newer
    replaces the older only where the smaller has at least `same_day_share` of the larger's rows.
    What doesn't hold a day replaces nothing of it, and nothing replaces it.
#}
{% macro rows_of_replaced_days(relation, day=none, part=none) -%}
    {%- set time = {'column': day, 'local': day, 'utc': day} if day else event_days(relation) -%}
    {%- if time %}
    select
        replaced._file_id,
        replaced._line
    from (
        with delivered as (
            select
                _file_id,
                _line,
                _exported_at,
                {{ part or "''" }} as part,
                {{ time.local }} as local_day,
                {{ time.utc }} as utc_day
            from {{ relation }} as filled
            where _delivery = 'replace_by_day' and {{ time.column }} is not null
        ),

        counted as (
            {%- for reading in ['local', 'utc'] %}
            select
                _file_id as file_id,
                '{{ reading }}' as reading,
                part,
                {{ reading }}_day as day,
                count(*) as row_count,
                max(_exported_at) as exported_at
            from delivered
            group by _file_id, part, {{ reading }}_day
            {%- if not loop.last %}
            union all
            {%- endif %}
            {%- endfor %}
        ),

        -- an export may be several files, and of a day it holds what they hold together
        exported as (
            select
                *,
                sum(row_count) over (partition by reading, part, day, exported_at, export_key) as day_rows
            from {{ _exports(relation, 'replace_by_day', 'counted') }} as exports
            where day is not null
        ),

        measured as (
            select
                *,
                max(day_rows) over (partition by reading, exported_at, export_key) as busiest_rows
            from exported
        ),

        held as (
            select
                file_id,
                reading,
                part,
                day,
                day_rows,
                rank() over (partition by reading, part, day order by {{ _newest_first() }}) as place
            from measured
            {%- if not day %}
            where day_rows >= {{ var('day_held_share') }} * busiest_rows
            {%- endif %}
        ),

        cut as (
            select case when sum(case when reading = 'local' then 1 else -1 end) > 0 then 'utc' else 'local' end as reading
            from held
        ),

        outdated as (
            select
                older.file_id,
                older.part,
                older.day
            from held as older
            where
                older.reading = (select cut.reading from cut)
                and exists (
                    select 1
                    from held as newer
                    where
                        newer.reading = older.reading
                        and newer.part = older.part
                        and newer.day = older.day
                        and newer.place < older.place
                        {%- if not day %}
                        and newer.day_rows >= {{ var('same_day_share') }} * older.day_rows
                        and older.day_rows >= {{ var('same_day_share') }} * newer.day_rows
                        {%- endif %}
                )
        )

        select
            _file_id,
            _line
        from delivered
        where
            (_file_id, part, case when (select cut.reading from cut) = 'local' then local_day else utc_day end) in (
                select
                    outdated.file_id,
                    outdated.part,
                    outdated.day
                from outdated
            )
    ) as replaced
    {% endif -%}
{%- endmacro %}
