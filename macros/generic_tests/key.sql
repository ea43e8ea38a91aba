{#
    Fails on rows without key, on keys that occur more than once, and on rows that lack a required
    value. `nullable` names the columns of the key that may be empty (spend without a campaign).
    One test instead of one a column: dbt's own work a test costs more than the test.
#}
{% test key(model, columns, required=[], nullable=[]) %}
{% set never_null = columns | reject('in', nullable) | list + required %}
with problems as (
    {% if never_null %}
        select
            {{ columns | join(', ') }},
            {{ first_missing(never_null) }} as problem
        from {{ model }}
        where {{ never_null | join(' is null or ') }} is null
        union all
    {% endif %}
    select
        {{ columns | join(', ') }},
        cast(count(*) as {{ dbt.type_string() }}) || ' rows have this key' as problem
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
)

select * from problems
{% endtest %}

{# What a row lacks first, in words. #}
{% macro first_missing(columns) %}
case {% for column in columns %}when {{ column }} is null then '{{ column }} is null' {% endfor %}end
{%- endmacro %}
