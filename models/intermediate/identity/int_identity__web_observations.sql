-- grain: one row per visitor, identifier seen with them, and half hour
{% set identifiers = {
    'login_key': ('login_id', 'web_login'),
    'email_hash': ('email_hash', 'form_email'),
    'phone_hash': ('phone_hash', 'form_phone'),
} %}
{% for column, (identifier_type, method) in identifiers.items() %}
    select
        visitor_id,
        '{{ identifier_type }}' as identifier_type,
        {{ column }} as identifier_value,
        '{{ method }}' as method,
        half_hour_at,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
        sum(event_count) as event_count
    from {{ ref('int_identity__web_evidence') }}
    where {{ column }} is not null
    group by visitor_id, {{ column }}, half_hour_at
    {{ 'union all' if not loop.last }}
{% endfor %}
