{#
    Connected components by contraction (contraction.sql). The model's SQL gives edges: node_a,
    node_b (bigint, as key_bits gives them); the table holds every node of an edge with the least
    node of its component: node_id, component_id.

    The edges are kept beside the table (<name>__edges). The next run contracts only what changed:
    new edges between standing components, and the components that lost an edge. A component's name
    is its least node either way, so the outcome is that of a full run.
#}
{% materialization connected_components, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = adapter.get_relation(this.database, this.schema, this.identifier) -%}
    {%- set kept = this.incorporate(path={'identifier': this.identifier ~ '__edges'}, type='table') -%}
    {%- set standing_edges = adapter.get_relation(kept.database, kept.schema, kept.identifier) -%}
    {{ run_hooks(pre_hooks) }}
    {% do keep_for_now(model.name ~ '__edges', distinct_edges('(' ~ sql ~ ')')) %}
    {% if existing is none or standing_edges is none or should_full_refresh() %}
        {% do contract_components(model.name ~ '__edges', model.name) %}
        {% call statement('main') %}
            create or replace table {{ target_relation }} as
            select node_id, component_id from {{ model.name }}__components
        {% endcall %}
        {% do run_query('drop table ' ~ model.name ~ '__components') %}
        {% do run_query(
            'create or replace table ' ~ kept ~ ' as select node_a, node_b from ' ~ model.name ~ '__edges'
        ) %}
    {% else %}
        {% do note_changes(model.name ~ '__edges', kept, model.name) %}
        {% do merge_components(target_relation, model.name ~ '__edges', model.name) %}
        {% do run_query(
            'delete from ' ~ kept ~ ' as kept using ' ~ model.name ~ '__removed as removed '
            ~ 'where kept.node_a = removed.node_a and kept.node_b = removed.node_b'
        ) %}
        {% call statement('main') %}
            insert into {{ kept }} select node_a, node_b from {{ model.name }}__added
        {% endcall %}
        {% do run_query('drop table ' ~ model.name ~ '__added') %}
        {% do run_query('drop table ' ~ model.name ~ '__removed') %}
    {% endif %}
    {% do run_query('drop table ' ~ model.name ~ '__edges') %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# On Spark the components are made as a whole each time. #}
{% materialization connected_components, adapter='spark' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {% do keep_for_now(model.name ~ '__edges', distinct_edges('(' ~ spark__spelled(sql) ~ ')')) %}
    {% do contract_components(model.name ~ '__edges', model.name) %}
    {% do run_query('drop table if exists ' ~ target_relation) %}
    {% call statement('main') %}
        create table {{ target_relation }} as
        select node_id, component_id from {{ model.name }}__components
    {% endcall %}
    {% for table in ['components', 'edges'] %} {% do run_query('drop table ' ~ model.name ~ '__' ~ table) %} {% endfor %}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# Leaves <name>__added and <name>__removed: what `edges` has and the kept edges haven't, and back. #}
{% macro note_changes(edges, kept, name) %}
    {% for change, one, other in [('added', edges, kept), ('removed', kept, edges)] %}
        {% do run_query(
            'create or replace temp table ' ~ name ~ '__' ~ change ~ ' as select one.node_a, one.node_b from '
            ~ one ~ ' as one left join ' ~ other ~ ' as other on one.node_a = other.node_a '
            ~ 'and one.node_b = other.node_b where other.node_a is null'
        ) %}
    {% endfor %}
{% endmacro %}

{#
    Brings the components `standing` up to date with <name>__added and <name>__removed. A component
    that lost an edge is taken apart and contracted anew from `edges`; every other one counts as one
    node. Only rows that change are written.
#}
{% macro merge_components(standing, edges, name) %}
    {% do run_query(
        'create or replace temp table ' ~ name ~ '__apart as select distinct standing.component_id from '
        ~ standing ~ ' as standing inner join ' ~ name
        ~ '__removed as removed on standing.node_id = removed.node_a'
    ) %}
    {% do run_query(
        'create or replace temp table ' ~ name ~ '__loose as select standing.node_id from ' ~ standing
        ~ ' as standing inner join ' ~ name
        ~ '__apart as apart on standing.component_id = apart.component_id'
    ) %}
    {% do run_query(
        'delete from ' ~ standing ~ ' where component_id in (select component_id from ' ~ name ~ '__apart)'
    ) %}
    {% do run_query(merging_edges(standing, edges, name)) %}
    {% do contract_components(name ~ '__merging', name) %}
    {% do run_query(
        'update ' ~ standing ~ ' as standing set component_id = found.component_id from ' ~ name
        ~ '__components as found where standing.component_id = found.node_id '
        ~ 'and found.component_id <> found.node_id'
    ) %}
    {# A node of the small graph that isn't a standing component's name is new or was taken apart. #}
    {% do run_query(
        'insert into ' ~ standing ~ ' (node_id, component_id) select found.node_id, found.component_id from '
        ~ name ~ '__components as found left join (select standing.node_id from ' ~ standing
        ~ ' as standing inner join ' ~ name ~ '__components as known on standing.node_id = known.node_id) '
        ~ 'as standing on found.node_id = standing.node_id where standing.node_id is null'
    ) %}
    {% for table in ['apart', 'loose', 'merging', 'components'] %}
        {% do run_query('drop table ' ~ name ~ '__' ~ table) %}
    {% endfor %}
{% endmacro %}

{% macro merging_edges(standing, edges, name) %}
    create or replace temp table {{ name }}__merging as
    with changed as (
        select node_a, node_b from {{ name }}__added
        union
        select edges.node_a, edges.node_b
        from {{ edges }} as edges
        inner join {{ name }}__loose as loose on edges.node_a = loose.node_id
        union
        select edges.node_a, edges.node_b
        from {{ edges }} as edges
        inner join {{ name }}__loose as loose on edges.node_b = loose.node_id
    ),

    ends as (
        select node_a as node_id from changed
        union
        select node_b as node_id from changed
    ),

    -- of the many that stand the few that are touched, before anything is joined to them
    touched as (
        select
            standing.node_id,
            standing.component_id
        from {{ standing }} as standing
        inner join ends on standing.node_id = ends.node_id
    )

    select
        coalesce(lefts.component_id, changed.node_a) as node_a,
        coalesce(rights.component_id, changed.node_b) as node_b
    from changed
    left join touched as lefts on changed.node_a = lefts.node_id
    left join touched as rights on changed.node_b = rights.node_id
{% endmacro %}
