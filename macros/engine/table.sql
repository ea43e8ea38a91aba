{#
A table is dropped and made again in one transaction. The library's way (build beside, rename twice,
drop) also looks for foreign keys and indexes, which no model here has: half a dozen statements a
model, a fifth of a small run. What Python writes, another transaction commits: it is built beside.
#}
{% materialization table, adapter="duckdb", supported_languages=["sql", "python"] %}
    {%- set language = model["language"] -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target = this.incorporate(type="table") -%}
    {%- set built = make_intermediate_relation(target) if language == "python" else target -%}
    {%- set drop_existing -%}
        {%- if existing is not none -%} drop {{ existing.type }} {{ existing }} cascade {%- endif -%}
    {%- endset -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if language == "python" -%}
        {{ drop_relation_if_exists(load_cached_relation(built)) }}
        {% call statement("main", language=language) -%}
            {{- create_table_as(False, built, compiled_code, language) }}
        {%- endcall %}
        {% call statement("swap") -%}
            {{ drop_existing }}; alter table {{ built }} rename to {{ target.identifier }}
        {%- endcall %}
    {%- else -%}
        {%- if drop_existing -%}
            {% call statement("drop_existing") -%} {{ drop_existing }} {%- endcall %}
        {%- endif -%}
        {% call statement("main") -%} {{- create_table_as(False, target, compiled_code) }} {%- endcall %}
    {%- endif -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do persist_docs(target, model) %}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({"relations": [target]}) }}
{% endmaterialization %}
