{# The run's clock as a UTC timestamp literal: the variable, the environment, else the last run's. #}
{% macro as_of() -%}
    {%- set given = var('as_of', '') or env_var('PASSERELLE_AS_OF', '') -%}
    {%- if not given and execute -%}
        {%- set last = run_query(
            "select cast(max(as_of) as " ~ dbt.type_string() ~ ") from " ~ source('audit', 'runs')
        ) -%}
        {%- set given = last.columns[0].values()[0] -%}
        {%- if not given -%}
            {{ exceptions.raise_compiler_error(
                "No clock: run `passerelle run` once, or set PASSERELLE_AS_OF (UTC, 2026-10-31 22:00:00)."
            ) }}
        {%- endif -%}
    {%- endif -%}
    timestamp '{{ given | replace("T", " ") | replace("Z", "") or "1970-01-01 00:00:00" }}'
{%- endmacro %}
