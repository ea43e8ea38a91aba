{#
    A view on Spark; a table where its text is longer than the small metastore of one machine
    (Derby) can keep. What stands under the name as the other kind goes first.
#}
{% materialization view, adapter="spark" -%}
    {%- set kind = "view" if spark__spelled(sql) | length < 30000 else "table" -%}
    {%- set target = this.incorporate(type=kind) -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}
    {% if existing is not none and (kind == "table" or existing.type != kind) %}
        {% do adapter.drop_relation(existing) %}
    {% endif %}
    {% call statement("main") -%}
        {%- if kind == "view" -%} {{ create_view_as(target, sql) }}
        {%- else -%} {{ create_table_as(False, target, sql) }}
        {%- endif -%}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {{ return({"relations": [target]}) }}
{%- endmaterialization %}
