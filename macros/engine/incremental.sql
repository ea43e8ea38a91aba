{#
    Incremental models on Spark: ledgers and histories, whose rows are few. Parquet can't be changed
    in place: what stands and isn't replaced (by `unique_key`) is written together with what is new
    into a table beside it, which then takes its name. With Delta or Iceberg the library's merge
    would do (docs/scaling.md).
#}
{% materialization incremental, adapter="spark" -%}
    {%- set target = this.incorporate(type="table") -%}
    {%- set existing = load_relation(this) -%}
    {%- set next = target.incorporate(path={"identifier": this.identifier ~ "__next"}) -%}
    {%- set key = config.get("unique_key") or [] -%}
    {%- set key = [key] if key is string else key -%}

    {{ run_hooks(pre_hooks) }}
    {% do run_query("drop table if exists " ~ next) %}
    {% if existing is none or should_full_refresh() %}
        {% call statement("main") -%} {{ create_table_as(False, next, compiled_code) }} {%- endcall %}
    {% else %}
        {%- set names = adapter.get_columns_in_relation(existing) | map(attribute="name") | join(", ") -%}
        {% call statement("main") -%}
            create table {{ next }} as
            with fresh as ({{ spark__spelled(compiled_code) }})

            select {{ names }} from fresh
            union all
            select {{ names }} from {{ existing }} as standing
            {%- if key %}
            where not exists (
                select 1 from fresh
                where {% for column in key -%}
                    fresh.{{ column }} <=> standing.{{ column }}{{ " and " if not loop.last }}
                {%- endfor %}
            )
            {%- endif %}
        {%- endcall %}
    {% endif %}
    {% do run_query("drop table if exists " ~ target) %}
    {% do run_query("alter table " ~ next ~ " rename to " ~ target) %}
    {{ run_hooks(post_hooks) }}
    {{ return({"relations": [target]}) }}
{%- endmaterialization %}

{# A ledger's rows of which `column` is more than `days` before the run's clock go: a post-hook. #}
{% macro forget_older(column, days) -%}
    {{ return(adapter.dispatch('forget_older', 'passerelle')(column, days)) }}
{%- endmacro %}

{% macro duckdb__forget_older(column, days) -%}
    delete from {{ this }} where {{ column }} < {{ add_seconds(as_of(), -86400 * days) }}
{%- endmacro %}

{% macro spark__forget_older(column, days) -%}
    {%- set target = this.incorporate(type="table") -%}
    {%- set next = target.incorporate(path={"identifier": this.identifier ~ "__next"}) -%}
    {%- set limit = add_seconds(as_of(), -86400 * days) -%}
    {%- do run_query("drop table if exists " ~ next) -%}
    {%- do run_query(
        "create table " ~ next ~ " as select * from " ~ target ~ " where " ~ column ~ " >= " ~ limit
        ~ " or " ~ column ~ " is null"
    ) -%}
    {%- do run_query("drop table " ~ target) -%}
    {%- do run_query("alter table " ~ next ~ " rename to " ~ target) -%}
{%- endmacro %}
