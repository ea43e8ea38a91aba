{#
    Connected components of edges (node_a, node_b).

    In each round every node takes the neighbour (or itself) that comes first in an order of the
    round's own, edges are rewritten to those and loops fall away, until none is left; then the
    rounds' maps are put one upon another. What comes out doesn't depend on the orders: a component
    is named by its least node.
#}
{% macro distinct_edges(edges) %}
    select distinct
        least(node_a, node_b) as node_a,
        greatest(node_a, node_b) as node_b
    from {{ edges }} as given
    where node_a <> node_b
{% endmacro %}

{# Leaves the temporary table <name>__components (node_id, component_id) of the relation `edges`.
   An edge that comes twice costs less than looking for it does. #}
{% macro contract_components(edges, name) %}
    {% set rounds = namespace(count=0, left=1, edges=edges) %}
    {% for number in range(60) if rounds.left > 0 %}
        {% set rounds.count = number + 1 %}
        {% do keep_for_now(name ~ '__map_' ~ number, contraction_round(rounds.edges, name, number)) %}
        {% do keep_for_now(name ~ '__' ~ (number + 1), contraction_edges(rounds.edges, name, number)) %}
        {% if number > 0 %} {% do run_query('drop table ' ~ rounds.edges) %} {% endif %}
        {% set rounds.edges = name ~ '__' ~ (number + 1) %}
        {% set rounds.left = run_query('select count(*) from ' ~ rounds.edges).columns[0].values()[0] | int %}
    {% endfor %}
    {% if rounds.left > 0 %}
        {% do exceptions.raise_compiler_error('components of ' ~ name ~ ' did not settle in 60 rounds') %}
    {% endif %}
    {% do run_query('drop table ' ~ rounds.edges) %}
    {% do compose_rounds(name, rounds.count) %}
{% endmacro %}

{# Node ids are hashes already: turning over some of their bits orders them anew in each round, and
   what comes first is turned back into the node that it is. #}
{% macro contraction_round(edges, name, number) %}
    {% set turn = ((number + 1) * 11400714819323198485) % 1152921504606846976 %}
    with ends as (
        select node_a as node_id, {{ turned('node_b', turn) }} as other from {{ edges }} where node_a <> node_b
        union all
        select node_b as node_id, {{ turned('node_a', turn) }} as other from {{ edges }} where node_a <> node_b
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

{% macro spark__turned(value, turn) -%}
    ({{ value }} ^ {{ turn }})
{%- endmacro %}

{# A table that lives while the components are made: temporary, or dropped by who made it. #}
{% macro keep_for_now(name, sql) -%}
    {{ return(adapter.dispatch('keep_for_now', 'passerelle')(name, sql)) }}
{%- endmacro %}

{% macro duckdb__keep_for_now(name, sql) -%}
    {% do run_query('create or replace temp table ' ~ name ~ ' as ' ~ sql) %}
{%- endmacro %}

{% macro spark__keep_for_now(name, sql) -%}
    {% do run_query('drop table if exists ' ~ name) %}
    {% do run_query('create table ' ~ name ~ ' as ' ~ sql) %}
{%- endmacro %}

{% macro contraction_edges(edges, name, number) %}
    select
        lefts.group_id as node_a,
        rights.group_id as node_b
    from {{ edges }} as edges
    inner join {{ name }}__map_{{ number }} as lefts on edges.node_a = lefts.node_id
    inner join {{ name }}__map_{{ number }} as rights on edges.node_b = rights.node_id
    where lefts.group_id <> rights.group_id
{% endmacro %}

{# From the last round back, each map takes what the next one makes of its groups. #}
{% macro compose_rounds(name, count) %}
    {% for number in range(count - 2, -1, -1) %}
        {% do keep_for_now(
            name ~ '__composed',
            'select maps.node_id, coalesce(later.group_id, maps.group_id) as group_id from '
            ~ name ~ '__map_' ~ number ~ ' as maps left join ' ~ name ~ '__map_' ~ (number + 1)
            ~ ' as later on maps.group_id = later.node_id'
        ) %}
        {% do run_query('drop table ' ~ name ~ '__map_' ~ (number + 1)) %}
        {% do run_query('drop table ' ~ name ~ '__map_' ~ number) %}
        {% do run_query('alter table ' ~ name ~ '__composed rename to ' ~ name ~ '__map_' ~ number) %}
    {% endfor %}
    {% do keep_for_now(
        name ~ '__components',
        'select maps.node_id, names.component_id from ' ~ name ~ '__map_0 as maps inner join ('
        ~ 'select group_id, min(node_id) as component_id from ' ~ name ~ '__map_0 group by group_id'
        ~ ') as names on maps.group_id = names.group_id'
    ) %}
    {% do run_query('drop table ' ~ name ~ '__map_0') %}
{% endmacro %}
