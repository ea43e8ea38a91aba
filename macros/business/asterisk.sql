{# Epoch seconds inside Asterisk's uniqueid, `<epoch>.<n>` or `<system>-<epoch>.<n>`; else null. #}
{% macro asterisk_epoch_s(uniqueid) -%}
    try_cast({{ regexp_group(uniqueid, "'(?:^|-)([0-9]{9,10})[.][0-9]+$'") }} as bigint)
{%- endmacro %}

{#
    Start of a leg in UTC from its wall clock and what that is in UTC, taken as standard time. Where
    the clock shows the time twice, the reading nearest to uniqueid's epoch is right; without an epoch
    it is the second one, standard time.
#}
{% macro asterisk_started_at(local_start, standard, time_zone, epoch_s) -%}
    {%- set summer = add_seconds(standard, "-3600") -%}
    case
        when
            {{ utc_to_local(summer, time_zone) }} = {{ local_start }}
            and abs({{ epoch_us(summer) }} - 1000000 * {{ epoch_s }}) < abs({{ epoch_us(standard) }} - 1000000 * {{ epoch_s }})
            then {{ summer }}
        else {{ standard }}
    end
{%- endmacro %}

{#
    Direction that the dial plan's context gives a leg; `by number` where the seed has the context
    without one; null where it doesn't have it.
#}
{% macro asterisk_context_says(context) -%}
    case
        {% for direction in ['inbound', 'outbound', 'internal'] -%}
            when {{ context }} in (
                select contexts.context
                from {{ ref('asterisk_contexts') }} as contexts
                where contexts.direction = '{{ direction }}'
            ) then '{{ direction }}'
        {% endfor -%}
        when {{ context }} in (select contexts.context from {{ ref('asterisk_contexts') }} as contexts)
            then 'by number'
    end
{%- endmacro %}

{# An adviser's telephone, of a channel: Agent/1001, PJSIP/6001-0000002a. Trunks carry other names. #}
{% macro asterisk_extension(channel) -%}
    {{ regexp_group(
        'trim(' ~ channel ~ ')',
        "'^(?:Agent|PJSIP|SIP|IAX2|SCCP|Local)/([A-Za-z]{0,2}[0-9]{2,6})(?:[-@]|$)'"
    ) }}
{%- endmacro %}
