{#
    Delays from the last sign that a number was on a visitor's screen to a call, in classes: 1 while
    it was on the screen, 2 within a minute of it, and each class after that twice as long as all
    before it, up to the horizon. 0 is a holder beyond the horizon, and nobody recent at all.
#}
{% macro delay_class(delay_us) -%}
    case
        when {{ delay_us }} <= 0 then 1
        {%- for doubling in range(var('voice_cookie_doublings') + 1) %}
        when {{ delay_us }} < {{ 60000000 * 2 ** doubling }} then {{ doubling + 2 }}
        {%- endfor %}
        else 0
    end
{%- endmacro %}

{# Microseconds after which a holder no longer counts as recent. #}
{% macro delay_horizon_us() -%} {{ 60000000 * 2 ** var('voice_cookie_doublings') }} {%- endmacro %}

{# Every class after the screen, with the delays that it spans. A derived table. #}
{% macro delay_classes() -%}
    (
        {%- for doubling in range(var('voice_cookie_doublings') + 1) %}
        select
            {{ doubling + 2 }} as delay_class,
            {{ 0 if doubling == 0 else 60000000 * 2 ** (doubling - 1) }} as from_us,
            {{ 60000000 * 2 ** doubling }} as to_us
        {%- if not loop.last %} union all {%- endif %}
        {%- endfor %}
    )
{%- endmacro %}

{# From when a lease of a number counts. One that is longer than lease_longest_days is dated wrongly, or
   of a cookie older than a lease may be: only as many days before its last sign count. #}
{% macro lent_from_us(leases) -%}
    ({{ epoch_us(leases ~ '.assigned_at') }} + greatest(
        {{ epoch_us(leases ~ '.last_seen_at') }} - {{ epoch_us(leases ~ '.assigned_at') }}
        - {{ (var('lease_longest_days') * 86400000000) | int }},
        0
    ))
{%- endmacro %}

{# Whether a row of int_journeys__pool_numbers says the number's pool at a moment. #}
{% macro in_pool_at(numbers, moment_us) -%}
    {{ moment_us }} >= {{ numbers }}.from_us
    and {{ moment_us }} < {{ numbers }}.until_us
{%- endmacro %}

{# When a lease of a number ends. A page can be left open; half an hour without a sign ends it, as it
   ends a session. #}
{% macro held_until_us(leases) -%}
    {{ epoch_us('coalesce(' ~ leases ~ '.released_at, '
        ~ add_seconds(leases ~ '.last_seen_at', var('session_timeout_seconds')) ~ ')') }}
{%- endmacro %}

{# Integer that stands for a visitor inside a run, short enough to be the second of a pair. #}
{% macro holder_key_of(visitor_id) -%}
    ({{ narrow_hash([visitor_id]) }} & 1152921504606846975)
{%- endmacro %}

{# The same of whoever holds a lease: one without visitor is somebody of its own. #}
{% macro holder_key(leases) -%}
    {{ holder_key_of('coalesce(' ~ leases ~ '.visitor_id, ' ~ leases ~ '.lease_id)') }}
{%- endmacro %}

{# A moment on the clock of int_journeys__call_hours, whose row of that hour is `hours`. #}
{% macro call_clock(hours, moment_us) -%}
    ({{ hours }}.until_hours - {{ hours }}.hour_length * (1 - ({{ moment_us }} % 3600000000) / 3600000000.0))
{%- endmacro %}
