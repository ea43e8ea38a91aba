{# From when on signs of interest are looked at. #}
{% macro signals_since() -%}
    {{ add_seconds(as_of(), -86400 * var('signal_days')) }}
{%- endmacro %}

{# Whether a row of contact_rules holds on a day, a date of the consumer's calendar; its last day included. #}
{% macro in_force(rules, day) -%}
    {{ day }} >= {{ rules }}.valid_from and {{ day }} <= coalesce({{ rules }}.valid_to, date '9999-12-30')
{%- endmacro %}

{# A day's beginning in a zone, UTC. #}
{% macro day_start(day, time_zone) -%}
    {{ local_to_utc('cast(' ~ day ~ ' as timestamp)', time_zone) }}
{%- endmacro %}

{# From when on a row of contact_rules holds for a candidate, UTC: the consumer's midnight. #}
{% macro rule_start(rules, candidates) -%}
    {{ day_start(rules ~ '.valid_from', candidates ~ '.consumer_time_zone') }}
{%- endmacro %}

{# Until when a row of contact_rules holds for a candidate, UTC, excluded. #}
{% macro rule_end(rules, candidates) -%}
    coalesce(
        {{ day_start(add_days(rules ~ '.valid_to', 1), candidates ~ '.consumer_time_zone') }}, {{ never() }}
    )
{%- endmacro %}

{# A day and a time written `HH:MM`, as a local timestamp. #}
{% macro clock_time(day, time) -%}
    cast(cast({{ day }} as varchar) || ' ' || {{ time }} || ':00' as timestamp)
{%- endmacro %}

{# A list as it was typed, `Sales | FR`, as `sales|fr`; null where it is empty. #}
{% macro clean_list(list) -%}
    nullif(replace(replace(lower(trim({{ list }})), ' |', '|'), '| ', '|'), '')
{%- endmacro %}
