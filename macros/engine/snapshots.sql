{# A snapshot's changes are dated by the run's clock, not the machine's: dbt calls this macro. #}
{% macro duckdb__snapshot_get_time() -%}
    {{ as_of() }}
{%- endmacro %}

{% macro spark__snapshot_get_time() -%}
    {{ as_of() }}
{%- endmacro %}

{#
    Snapshots on Spark: the library's need tables that can be changed in place. What stands, closed
    where it changed, is written with what is new into a table beside it, which then takes its name.
#}
{% materialization snapshot, adapter="spark" -%}
    {%- set target = this.incorporate(type="table") -%}
    {%- set existing = load_relation(this) -%}
    {%- set next = target.incorporate(path={"identifier": this.identifier ~ "__next"}) -%}
    {%- set changes = target.incorporate(path={"identifier": this.identifier ~ "__changes"}) -%}
    {%- set columns = config.get("snapshot_table_column_names") or get_snapshot_table_column_names() -%}
    {%- set strategy = strategy_dispatch(config.get("strategy"))(
        model, "snapshotted_data", "source_data", model["config"], existing is not none
    ) -%}

    {{ run_hooks(pre_hooks) }}
    {% do run_query("drop table if exists " ~ next) %}
    {% if existing is none %}
        {% call statement("main") -%}
            {{ create_table_as(False, next, build_snapshot_table(strategy, model["compiled_code"])) }}
        {%- endcall %}
    {% else %}
        {% do run_query("drop table if exists " ~ changes) %}
        {% do run_query(create_table_as(False, changes, snapshot_staging_table(strategy, sql, existing))) %}
        {%- set names = adapter.get_columns_in_relation(existing) | map(attribute="name") | list -%}
        {% call statement("main") -%}
            create table {{ next }} as
            select
                {%- for name in names %}
                {% if name == columns.dbt_valid_to -%}
                    coalesce(standing.{{ name }}, closed.{{ name }}) as {{ name }}
                {%- else -%} standing.{{ name }}
                {%- endif %}{{ "," if not loop.last }}
                {%- endfor %}
            from {{ existing }} as standing
            left join {{ changes }} as closed
                on
                    standing.{{ columns.dbt_scd_id }} = closed.{{ columns.dbt_scd_id }}
                    and closed.dbt_change_type in ('update', 'delete')
            union all
            select {{ names | join(", ") }} from {{ changes }} where dbt_change_type = 'insert'
        {%- endcall %}
        {% do run_query("drop table " ~ changes) %}
    {% endif %}
    {% do run_query("drop table if exists " ~ target) %}
    {% do run_query("alter table " ~ next ~ " rename to " ~ target) %}
    {{ run_hooks(post_hooks) }}
    {{ return({"relations": [target]}) }}
{%- endmaterialization %}
