{# A 32-digit hex key over delimited values: no two different lists of values share their text, and
   a null differs from an empty value. Timestamps belong in as epoch_us(…), so that both engines
   write the same text. Never for values that identify people: those carry the loader's HMAC. #}
{% macro hash_key(fields) -%}
    {%- set parts = [] -%}
    {%- for field in fields -%}
        {%- do parts.append("coalesce(cast(" ~ field ~ " as " ~ dbt.type_string() ~ "), chr(30))") -%}
    {%- endfor -%}
    md5({{ parts | join(" || chr(31) || ") }})
{%- endmacro %}

{# The engine's own fast 64-bit hash of one or more values, as bigint. For grouping and joining
   inside one query path only: engines disagree on it, so it never reaches a mart. #}
{% macro narrow_hash(fields) -%}
    {{ return(adapter.dispatch('narrow_hash', 'passerelle')(fields)) }}
{%- endmacro %}

{% macro duckdb__narrow_hash(fields) -%}
    cast(hash({{ fields | join(", ") }}) >> 1 as bigint)
{%- endmacro %}

{% macro spark__narrow_hash(fields) -%}
    {#- A null is passed over by the engine's hash: that it is one is hashed before it. -#}
    shiftrightunsigned(xxhash64(
        {%- for field in fields %}{{ field }} is null, {{ field }}{{ ", " if not loop.last }}{% endfor -%}
    ), 1)
{%- endmacro %}

{# Sum over a group of the narrow hashes of its rows, whatever their order, as bigint. #}
{% macro hash_sum(fields) -%}
    {{ return(adapter.dispatch('hash_sum', 'passerelle')(fields)) }}
{%- endmacro %}

{% macro duckdb__hash_sum(fields) -%}
    cast(
        sum({{ narrow_hash(fields) }}) % 4611686018427387904 as bigint
    )
{%- endmacro %}

{% macro spark__hash_sum(fields) -%}
    cast(
        sum(cast({{ narrow_hash(fields) }} as decimal(20, 0))) % 4611686018427387904 as bigint
    )
{%- endmacro %}

{# The first 60 bits of a hash_key, as bigint: the same on every engine, eight bytes where the key
   takes thirty-two, and so what windows and joins over many rows carry. #}
{% macro key_bits(key) -%}
    {{ return(adapter.dispatch('key_bits', 'passerelle')(key)) }}
{%- endmacro %}

{% macro duckdb__key_bits(key) -%}
    cast('0x' || substr({{ key }}, 1, 15) as bigint)
{%- endmacro %}

{% macro spark__key_bits(key) -%}
    cast(conv(substr({{ key }}, 1, 15), 16, 10) as bigint)
{%- endmacro %}

{# Two bigints as one number that sorts by the first, then by the second, which must be a key_bits:
   the least pair of many costs less than the least struct. pair_first and pair_second undo it. #}
{% macro pair(first, second) -%}
    {{ return(adapter.dispatch('pair', 'passerelle')(first, second)) }}
{%- endmacro %}

{% macro duckdb__pair(first, second) -%}
    (cast({{ first }} as hugeint) * 1152921504606846976 + {{ second }})
{%- endmacro %}

{% macro spark__pair(first, second) -%}
    {#- No whole number of this engine holds both; its structs are compared field by field. -#}
    case
        when {{ first }} is not null and {{ second }} is not null
            then named_struct('first', cast({{ first }} as bigint), 'second', cast({{ second }} as bigint))
    end
{%- endmacro %}

{% macro pair_first(pair) -%}
    {{ return(adapter.dispatch('pair_first', 'passerelle')(pair)) }}
{%- endmacro %}

{% macro duckdb__pair_first(pair) -%}
    cast({{ pair }} >> 60 as bigint)
{%- endmacro %}

{% macro spark__pair_first(pair) -%}
    {{ pair }}.first
{%- endmacro %}

{% macro pair_second(pair) -%}
    {{ return(adapter.dispatch('pair_second', 'passerelle')(pair)) }}
{%- endmacro %}

{% macro duckdb__pair_second(pair) -%}
    cast({{ pair }} & 1152921504606846975 as bigint)
{%- endmacro %}

{% macro spark__pair_second(pair) -%}
    {{ pair }}.second
{%- endmacro %}

{# Whether a row of raw, the alias of the only table, is none of some rows, a query of _file_id and
   _line. DuckDB gathers all rows of both sides for `not exists` where the query ranks; Spark compares
   all with all for `not in` with two columns. #}
{% macro is_none_of(row, rows) -%}
    {{ return(adapter.dispatch('is_none_of', 'passerelle')(row, rows)) }}
{%- endmacro %}

{% macro duckdb__is_none_of(row, rows) -%}
    (_file_id, _line) not in ({{ rows }})
{%- endmacro %}

{% macro spark__is_none_of(row, rows) -%}
    not exists (
        select 1
        from ({{ rows }}) as others
        where others._file_id = {{ row }}._file_id and others._line = {{ row }}._line
    )
{%- endmacro %}
