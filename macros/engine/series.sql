{# Select-list expression that turns one row into one row per number from `first` to `last`. #}
{% macro explode_integers(first, last) -%}
    {{ return(adapter.dispatch('explode_integers', 'passerelle')(first, last)) }}
{%- endmacro %}

{% macro duckdb__explode_integers(first, last) -%}
    unnest(generate_series(cast({{ first }} as bigint), cast({{ last }} as bigint)))
{%- endmacro %}

{% macro spark__explode_integers(first, last) -%}
    explode(case
        when cast({{ first }} as bigint) <= cast({{ last }} as bigint)
            then sequence(cast({{ first }} as bigint), cast({{ last }} as bigint))
        else cast(array() as array<bigint>)
    end)
{%- endmacro %}

{# Select-list expression that turns one row into one row per element of a list. #}
{% macro explode_list(list) -%}
    {{ return(adapter.dispatch('explode_list', 'passerelle')(list)) }}
{%- endmacro %}

{% macro duckdb__explode_list(list) -%}
    unnest({{ list }})
{%- endmacro %}

{% macro spark__explode_list(list) -%}
    explode({{ list }})
{%- endmacro %}

{# A relation with one column, date_day: every day from `first` to `last`, both included.
   Stands in a from clause. #}
{% macro date_series(first, last) -%}
    {{ return(adapter.dispatch('date_series', 'passerelle')(first, last)) }}
{%- endmacro %}

{% macro duckdb__date_series(first, last) -%}
    (
        select cast(unnest(generate_series(
            cast({{ first }} as timestamp), cast({{ last }} as timestamp), interval 1 day
        )) as date) as date_day
    )
{%- endmacro %}

{% macro spark__date_series(first, last) -%}
    (
        select explode(sequence(
            cast({{ first }} as date), cast({{ last }} as date), interval 1 day
        )) as date_day
    )
{%- endmacro %}
