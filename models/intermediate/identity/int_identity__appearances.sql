-- grain: one row per identifier that was seen or declared (identifier_type, identifier_value)
--
-- What is nobody's (a test number, a shared account) is left out.
-- Who only ever opposed or consented is somebody too, or the opposition would protect nobody.
{% set declared_last = 'case when not is_declared then last_seen_at end' %}
{% set kind_of = identifier_type %}
{% set places = [
    ('int_canonical__customers', "'customer_id'", 'customer_id', 'created_at', 'created_at', 'true'),
    ('int_identity__signs', 'left_type', 'left_value', 'first_seen_at', declared_last, 'true'),
    ('int_identity__signs', 'right_type', 'right_value', 'first_seen_at', declared_last, 'true'),
    ('int_identity__web_evidence', "'visitor_id'", 'visitor_id', 'first_seen_at', 'last_seen_at', 'true'),
    ('int_canonical__calls', "'phone_hash'", 'other_party_hash', 'started_at', 'started_at', 'true'),
    ('int_canonical__contacts', "'email_hash'", 'email_hash', 'occurred_at', 'occurred_at', 'true'),
    ('int_canonical__contacts', "'phone_hash'", 'phone_hash', 'occurred_at', 'occurred_at', 'true'),
    (
        'int_canonical__feedback_answers', kind_of('respondent_kind'), 'respondent_key',
        'answered_at', 'answered_at', "respondent_kind in ('email', 'phone')"
    ),
    (
        'int_canonical__consents', kind_of('subject_kind'), 'subject_key',
        'effective_at', 'effective_at', "subject_kind in ('email', 'phone')"
    ),
    (
        'int_canonical__oppositions', kind_of('subject_kind'), 'subject_key',
        'effective_at', 'effective_at', "subject_kind in ('email', 'phone')"
    ),
    ('int_canonical__reviews', "'social_handle_hash'", 'author_hash', 'created_at', 'created_at', 'true'),
    ('int_canonical__follows', "'social_handle_hash'", 'follower_hash', 'followed_at', 'followed_at', 'true'),
] %}
with seen as (
    {% for model, type, value, first_seen, last_seen, condition in places %}
        select
            {{ type }} as identifier_type,
            {{ value }} as identifier_value,
            {{ first_seen }} as first_seen_at,
            {{ last_seen }} as last_seen_at
        from {{ ref(model) }}
        where {{ condition }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    seen.identifier_type,
    seen.identifier_value,
    {{ identifier_node('seen.identifier_type', 'seen.identifier_value') }} as node_id,
    -- A time of which nothing is known is no reason to leave somebody out.
    coalesce(min(seen.first_seen_at), timestamp '1970-01-01 00:00:00') as first_seen_at,
    greatest(max(seen.last_seen_at), max(seen.first_seen_at)) as last_seen_at
from seen
left join {{ ref('int_canonical__excluded_values') }} as excluded
    on seen.identifier_type = excluded.identifier_type and seen.identifier_value = excluded.identifier_value
where seen.identifier_value is not null and excluded.node_id is null
group by seen.identifier_type, seen.identifier_value
