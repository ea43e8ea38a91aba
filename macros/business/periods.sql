{# Ends of time: so that a period always has both its ends. #}
{% macro ever() -%} timestamp '1900-01-01 00:00:00' {%- endmacro %}

{% macro never() -%} timestamp '9999-12-31 00:00:00' {%- endmacro %}

{# Whether an identifier was one person's (valid_from, valid_to of the bridge) at a moment. #}
{% macro held_at(members, moment) -%}
    {{ moment }} >= {{ members }}.valid_from
    and {{ moment }} < coalesce({{ members }}.valid_to, {{ never() }})
{%- endmacro %}

{# Whether a sign belongs to a period of int_identity__periods: a declared one overlaps it, another was
   seen in it. Each comparison keeps the two tables on its own sides: else an outer join compares
   every row with every other. #}
{% macro seen_in(periods, first_seen_at, last_seen_at, is_declared) -%}
    coalesce({{ first_seen_at }}, {{ ever() }}) < {{ periods }}.ends_at
    and case
        when {{ is_declared }} then {{ epoch_us('coalesce(' ~ last_seen_at ~ ', ' ~ never() ~ ')') }}
        else {{ epoch_us(first_seen_at) }} + 1
    end > {{ epoch_us(periods ~ '.starts_at') }}
{%- endmacro %}
