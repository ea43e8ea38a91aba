{# granted, denied or unknown, or null for an empty field. Only a known yes is a yes: a word that
   nobody knows may be a refusal. The words are those of orchestration/ingestion/casting.py. #}
{% macro consent_status(expression) -%}
    case
        when lower({{ expression }}) in (
            'true', 't', '1', 'yes', 'y', 'oui', 'vrai', 'granted', 'accepted', 'accept'
        ) then 'granted'
        when lower({{ expression }}) in ('unknown', 'unset', 'undefined', 'pending', 'inconnu')
            then 'unknown'
        when {{ expression }} <> '' then 'denied'
    end
{%- endmacro %}

{# The event names that our rules know, from the spellings of tag managers; others as they came. #}
{% macro canonical_event_name(expression) -%}
    case lower({{ expression }})
        when 'page_view' then 'page_view'
        when 'pageview' then 'page_view'
        when 'page view' then 'page_view'
        when 'page' then 'page_view'
        when 'screen_view' then 'screen_view'
        when 'screenview' then 'screen_view'
        when 'screen' then 'screen_view'
        when 'page_ping' then 'page_ping'
        when 'heartbeat' then 'page_ping'
        else {{ expression }}
    end
{%- endmacro %}

{# Keys of an event's own properties that leave the raw layer: codes, steps and amounts. #}
{% macro event_property_keys() -%}
    {{ return([
        'product_id', 'product_family', 'funnel', 'step', 'step_name', 'step_number', 'quote_id',
        'order_id', 'contract_id', 'form_id', 'field', 'page_type', 'content_group', 'topic',
        'subject', 'experiment', 'variant', 'place', 'position', 'result_count', 'value',
        'currency', 'reason_code', 'error_code', 'method', 'link_id', 'transaction_id',
    ]) }}
{%- endmacro %}

{# Of them, the keys whose values are codes: few values, the same for many events. #}
{% macro event_code_keys() -%}
    {{ return([
        'product_id', 'product_family', 'funnel', 'step', 'step_name', 'step_number', 'form_id',
        'page_type', 'content_group', 'topic', 'subject', 'experiment', 'variant', 'method',
    ]) }}
{%- endmacro %}

{#
    Picked properties without the values that name a person or hold more than one value.
    The rare text that looks suspicious is built again value by value; the others pass whole.
#}
{% macro safe_properties(picked) -%}
    {%- set entries = [] -%}
    {%- for key in event_property_keys() -%}
        {%- set value = json_value(picked, '$.' ~ key) -%}
        {%- do entries.append(
            (key, "case when not starts_with(" ~ value ~ ", '{') and not starts_with(" ~ value
                ~ ", '[') then " ~ safe_text(value) ~ " end")
        ) -%}
    {%- endfor -%}
    case
        when {{ regexp_matches(picked, "':\"[{\\[]'") }} or {{ regexp_matches(picked, personal_value_pattern()) }}
            then {{ json_build(entries) }}
        else {{ picked }}
    end
{%- endmacro %}

{# Device class from a tag's device type; null where it says nothing. #}
{% macro device_class_of_type(device_type, is_mobile, platform) -%}
    case
        when lower({{ device_type }}) in ('computer', 'desktop') then 'desktop'
        when lower({{ device_type }}) in ('mobile', 'phone', 'smartphone') then 'mobile'
        when lower({{ device_type }}) = 'tablet' then 'tablet'
        when lower({{ device_type }}) in ('tv', 'smart tv', 'television', 'set-top box', 'digital media receiver') then 'tv'
        when lower({{ device_type }}) in ('game console', 'wearable computer', 'car', 'iot') then 'other'
        when lower({{ is_mobile }}) in ('true', '1') then 'mobile'
        when {{ platform }} = 'mob' then 'mobile'
        when {{ platform }} = 'tv' then 'tv'
    end
{%- endmacro %}

{# Seconds in which a session's visitor was active: the heartbeats that the tag sent, each counted
   once, or the time from the first event to the last where it sent none. #}
{% macro engaged_seconds(totals) -%}
    case
        when {{ totals }}.heartbeat_count > 0 then {{ totals }}.heartbeat_count * {{ var('heartbeat_seconds') }}
        else cast(floor(({{ totals }}.last_event_us - {{ totals }}.first_event_us) / 1000000.0) as bigint)
    end
{%- endmacro %}
