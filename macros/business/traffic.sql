{# A host without its `www.`, so that a site and its sisters compare by their endings. #}
{% macro bare_host(host) -%}
    case when starts_with({{ host }}, 'www.') then substr({{ host }}, 5) else {{ host }} end
{%- endmacro %}

{# True where a referring host is somebody else's: neither the page's host nor a sister of it. One
   case branch after the other, so that the endings are only looked at where nothing else decides. #}
{% macro is_external_referrer(referrer_host, page_host) -%}
    case
        when {{ referrer_host }} is null or {{ referrer_host }} = {{ page_host }} then false
        when {{ page_host }} is null then true
        when {{ bare_host(referrer_host) }} = {{ bare_host(page_host) }} then false
        when ends_with({{ referrer_host }}, '.' || {{ bare_host(page_host) }}) then false
        else not ends_with({{ page_host }}, '.' || {{ bare_host(referrer_host) }})
    end
{%- endmacro %}

{# True where an event says where the visitor came from: a campaign, a paid click, a referrer. #}
{% macro has_origin(row) -%}
    (
        {{ row }}.utm_source is not null
        or {{ row }}.utm_medium is not null
        or {{ row }}.utm_campaign is not null
        or {{ row }}.click_id_kind is not null
        or {{ row }}.click_id is not null
        or {{ is_external_referrer(row ~ '.referrer_host', row ~ '.page_host') }}
    )
{%- endmacro %}

{# What an event's origin is joined to its channel by, inside one run. The referring host counts
   only where it is somebody else's. #}
{% macro traffic_key(utm_source, utm_medium, utm_campaign, click_id_kind, referrer_host) -%}
    {{ narrow_hash([
        'lower(trim(' ~ utm_source ~ '))', 'lower(trim(' ~ utm_medium ~ '))',
        'lower(trim(' ~ utm_campaign ~ '))', click_id_kind, referrer_host,
    ]) }}
{%- endmacro %}
