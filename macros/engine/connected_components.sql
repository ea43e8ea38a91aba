{#
    Connected components by contraction. The model's SQL gives edges: node_a, node_b (bigint, as
    key_bits gives them); the table holds every node of an edge with the least node of its
    component: node_id, component_id.

    In each round every node takes the neighbour (or itself) that comes first in an order of the
    round's own, edges are rewritten to those and loops fall away, until none is left; then the
    rounds' maps are put one upon another. What comes out doesn't depend on the orders: a component
    is named by its least node.

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
    {% do run_query(distinct_edges('(' ~ sql ~ ')', model.name ~ '__edges')) %}
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

{% macro distinct_edges(edges, name) %}
    create or replace temp table {{ name }} as
    select distinct
        least(node_a, node_b) as node_a,
        greatest(node_a, node_b) as node_b
    from {{ edges }} as given
    where node_a <> node_b
{% endmacro %}

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
        ~ name ~ '__components as found left join ' ~ standing
        ~ ' as standing on found.node_id = standing.node_id where standing.node_id is null'
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
    )

    select
        coalesce(lefts.component_id, changed.node_a) as node_a,
        coalesce(rights.component_id, changed.node_b) as node_b
    from changed
    left join {{ standing }} as lefts on changed.node_a = lefts.node_id
    left join {{ standing }} as rights on changed.node_b = rights.node_id
{% endmacro %}

{# Leaves the temporary table <name>__components (node_id, component_id) of the relation `edges`. #}
{% macro contract_components(edges, name) %}
    {% do run_query(distinct_edges(edges, name ~ '__0')) %}
    {% set rounds = namespace(count=0, left=1) %}
    {% for number in range(60) if rounds.left > 0 %}
        {% set rounds.count = number + 1 %}
        {% do run_query(contraction_round(name, number)) %}
        {% do run_query(contraction_edges(name, number)) %}
        {% set rounds.left = run_query(
            'select count(*) from ' ~ name ~ '__' ~ (number + 1)
        ).columns[0].values()[0] | int %}
        {% do run_query('drop table ' ~ name ~ '__' ~ number) %}
    {% endfor %}
    {% if rounds.left > 0 %}
        {% do exceptions.raise_compiler_error('components of ' ~ name ~ ' did not settle in 60 rounds') %}
    {% endif %}
    {% do run_query('drop table ' ~ name ~ '__' ~ rounds.count) %}
    {% do compose_rounds(name, rounds.count) %}
{% endmacro %}

{# Node ids are hashes already: turning over some of their bits orders them anew in each round, and
   what comes first is turned back into the node that it is. #}
{% macro contraction_round(name, number) %}
    {% set turn = ((number + 1) * 11400714819323198485) % 1152921504606846976 %}
    create or replace temp table {{ name }}__map_{{ number }} as
    with ends as (
        select node_a as node_id, {{ turned('node_b', turn) }} as other from {{ name }}__{{ number }}
        union all
        select node_b as node_id, {{ turned('node_a', turn) }} as other from {{ name }}__{{ number }}
    ),

    firsts as (
        select
            node_id,
            min(other) as first_other
        from ends
        group by node_id
    )

    select
        node_id,
        {{ turned('least(first_other, ' ~ turned('node_id', turn) ~ ')', turn) }} as group_id
    from firsts
{% endmacro %}

{% macro turned(value, turn) -%}
    {{ return(adapter.dispatch('turned', 'passerelle')(value, turn)) }}
{%- endmacro %}

{% macro duckdb__turned(value, turn) -%}
    xor({{ value }}, {{ turn }})
{%- endmacro %}

{% macro contraction_edges(name, number) %}
    create or replace temp table {{ name }}__{{ number + 1 }} as
    select distinct
        least(lefts.group_id, rights.group_id) as node_a,
        greatest(lefts.group_id, rights.group_id) as node_b
    from {{ name }}__{{ number }} as edges
    inner join {{ name }}__map_{{ number }} as lefts on edges.node_a = lefts.node_id
    inner join {{ name }}__map_{{ number }} as rights on edges.node_b = rights.node_id
    where lefts.group_id <> rights.group_id
{% endmacro %}

{# From the last round back, each map takes what the next one makes of its groups. #}
{% macro compose_rounds(name, count) %}
    {% for number in range(count - 2, -1, -1) %}
        {% do run_query(
            'create or replace temp table ' ~ name ~ '__composed as '
            ~ 'select maps.node_id, coalesce(later.group_id, maps.group_id) as group_id from '
            ~ name ~ '__map_' ~ number ~ ' as maps left join ' ~ name ~ '__map_' ~ (number + 1)
            ~ ' as later on maps.group_id = later.node_id'
        ) %}
        {% do run_query('drop table ' ~ name ~ '__map_' ~ (number + 1)) %}
        {% do run_query('drop table ' ~ name ~ '__map_' ~ number) %}
        {% do run_query('alter table ' ~ name ~ '__composed rename to ' ~ name ~ '__map_' ~ number) %}
    {% endfor %}
    {% do run_query(
        'create or replace temp table ' ~ name ~ '__components as '
        ~ 'select maps.node_id, names.component_id from ' ~ name ~ '__map_0 as maps inner join ('
        ~ 'select group_id, min(node_id) as component_id from ' ~ name ~ '__map_0 group by group_id'
        ~ ') as names on maps.group_id = names.group_id'
    ) %}
    {% do run_query('drop table ' ~ name ~ '__map_0') %}
{% endmacro %}
