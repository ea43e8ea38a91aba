{#
Tables that grow by what new files bring. The rows of files that stand as they stood at the last
build stay as they are, new files' rows replace those of the same `unique_key`. Whatever else
changed, the table is made from nothing: a file withdrawn or shortened, a person erased, a family
with a folder of whole lists or days (`snapshot`, `replace_by_day`), which take rows of earlier
files out of force, something in the project (its digest is the variable project_fingerprint;
without one nothing is known of it).

A model of this kind takes `fresh_loads(family)` into account and must not depend on the clock, on
variables, or on rows of other keys. What the table was built from stands in audit.grown_files,
written in the same transaction: a row a file, and one without a file that holds the digest.
#}

{# The loads whose rows are new for this model, `3, 4`; none where it is to be made from nothing. #}
{% macro fresh_loads(family) -%}
    {{ return(adapter.dispatch('fresh_loads', 'passerelle')(family)) }}
{%- endmacro %}

{# Spark's tables are made from nothing: Parquet can't be changed in place (docs/scaling.md). #}
{% macro spark__fresh_loads(family) -%}
    {{ return(none) }}
{%- endmacro %}

{% macro duckdb__fresh_loads(family) -%}
    {%- if not execute or should_full_refresh() or not var('project_fingerprint')
        or not this or load_cached_relation(this) is none -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set found = run_query(
        "with standing as (" ~ grown_from(family) ~ "),"
        ~ " known as (select * from audit.grown_files where table_name = '" ~ this.identifier ~ "')"
        ~ " select"
        ~ " (select count(*) from known join standing using (file_id, load_id, rows_loaded, digest))"
        ~ " = (select count(*) from known)"
        ~ " and exists (select 1 from known where file_id = '')"
        ~ " and not exists (select 1 from audit.files"
        ~ " where family = '" ~ family ~ "' and delivery in ('snapshot', 'replace_by_day') and status in ('loaded', 'empty'))"
        ~ " as is_growing,"
        ~ " (select string_agg(distinct cast(load_id as varchar), ', ') from standing"
        ~ " where file_id not in (select file_id from known)) as loads"
    ).rows[0] -%}
    {{ return((found[1] or '') if found[0] else none) }}
{%- endmacro %}

{# What a table of a family's files is built from now: its files, and the state of everything else. #}
{% macro grown_from(family) -%}
    select file_id, load_id, rows_loaded, cast('' as varchar) as digest
    from audit.files
    where family = '{{ family }}' and status = 'loaded'
    union all
    select '', 0, 0, '{{ var("project_fingerprint") }}' || coalesce((
        select cast(max(started_at) as varchar) from audit.runs where job in ('erase', 'purge')
    ), '')
{%- endmacro %}

{# Whether a row of a load is to be read: all are where the table is made from nothing. #}
{% macro is_fresh(load_id, loads) -%}
    {%- if loads is none -%} true
    {%- elif loads -%} {{ load_id }} in ({{ loads }})
    {%- else -%} false
    {%- endif -%}
{%- endmacro %}

{% materialization grown, adapter="duckdb" %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target = this.incorporate(type="table") -%}
    {%- set fresh = make_temp_relation(target) -%}
    {%- set key = config.require("unique_key") -%}
    {%- set family = config.require("family") -%}
    {%- set is_growing = fresh_loads(family) is not none -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if is_growing -%}
        {% call statement("fresh") -%} {{ create_table_as(True, fresh, compiled_code) }} {%- endcall %}
        {% call statement("main") -%}
            delete from {{ target }} where {{ key }} in (select {{ key }} from {{ fresh }});
            insert into {{ target }} by name select * from {{ fresh }};
            drop table {{ fresh }}
        {%- endcall %}
    {%- else -%}
        {%- if existing is not none -%}
            {% call statement("drop_existing") -%} drop {{ existing.type }} {{ existing }} cascade {%- endcall %}
        {%- endif -%}
        {% call statement("main") -%} {{ create_table_as(False, target, compiled_code) }} {%- endcall %}
    {%- endif -%}
    {% call statement("note") -%}
        delete from audit.grown_files where table_name = '{{ this.identifier }}';
        insert into audit.grown_files by name
        select '{{ this.identifier }}' as table_name, * from ({{ grown_from(family) }}) as standing
    {%- endcall %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do persist_docs(target, model) %}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({"relations": [target]}) }}
{% endmaterialization %}

{% materialization grown, adapter="spark" %}
    {{ return(materialization_table_spark()) }}
{% endmaterialization %}
