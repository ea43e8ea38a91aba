-- grain: one row per family, format: a source that has delivered
{% set sources = [
    ('crm', 'customers', 'created_at', 'stg_crm__customers'),
    ('crm', 'identifiers', 'valid_from', 'stg_crm__identifiers'),
    ('crm', 'products', 'exported_at', 'stg_crm__products'),
    ('crm', 'product_relations', 'reviewed_at', 'stg_crm__product_relations'),
    ('crm', 'contracts', 'opened_at', 'stg_crm__contracts'),
    ('crm', 'orders', 'ordered_at', 'stg_crm__orders'),
    ('crm', 'consents', 'effective_at', 'stg_crm__consents'),
    ('crm', 'oppositions', 'effective_at', 'stg_crm__oppositions'),
    ('crm', 'contacts', 'occurred_at', 'stg_crm__contacts'),
    ('crm', 'cases', 'opened_at', 'stg_crm__cases'),
    ('crm', 'advisers', 'exported_at', 'stg_crm__advisers'),
    ('crm', 'shifts', 'starts_at', 'stg_crm__shifts'),
    ('crm', 'campaigns', 'starts_at', 'stg_crm__campaigns'),
    ('crm', 'costs', 'exported_at', 'stg_crm__costs'),
    ('crm', 'experiments', 'assigned_at', 'stg_crm__experiments'),
    ('crm', 'quality_scores', 'scored_at', 'stg_crm__quality_scores'),
    ('crm', 'product_sheets', 'seen_at', 'stg_crm__product_sheets'),
    ('crm', 'life_events', 'exported_at', 'stg_crm__life_events'),
    ('crm', 'lead_outcomes', 'attempted_at', 'stg_crm__lead_outcomes'),
    ('crm', 'identity_decisions', 'decided_at', 'stg_crm__identity_decisions'),
    ('surveys', 'flat', 'answered_at', 'stg_surveys__flat'),
    ('surveys', 'qualtrics', 'answered_at', 'stg_surveys__qualtrics'),
    ('surveys', 'typeform', 'answered_at', 'stg_surveys__typeform'),
    ('social', 'reviews', 'created_at', 'stg_social__reviews'),
    ('social', 'follows', 'followed_at', 'stg_social__follows'),
    ('social', 'mastodon', 'posted_at', 'stg_social__mastodon'),
    ('social', 'bluesky', 'posted_at', 'stg_social__bluesky_posts'),
    ('call_records', 'wrap_ups', 'set_at', 'stg_call_records__wrap_ups'),
    ('call_records', 'transcripts', 'exported_at', 'stg_call_records__transcripts'),
    ('ad_spend', 'flat', 'cast(spend_date as timestamp)', 'stg_ad_spend__flat'),
    ('ad_spend', 'google_ads', 'cast(spend_date as timestamp)', 'stg_ad_spend__google_ads'),
    ('ad_spend', 'meta', 'cast(spend_date as timestamp)', 'stg_ad_spend__meta'),
] %}
with events as (
    {% for family, format, event_time, model in sources %}
        select
            '{{ family }}' as family,
            '{{ format }}' as format,
            max({{ event_time }}) as last_event_at,
            count(*) as row_count
        from {{ ref(model) }}
        union all
    {% endfor %}
    select
        'web_tags' as family,
        tag_format as format,
        max(occurred_at) as last_event_at,
        count(*) as row_count
    from {{ ref('int_canonical__web_events') }}
    group by tag_format
    union all
    select
        'call_records' as family,
        source_format as format,
        max(started_at) as last_event_at,
        count(*) as row_count
    from {{ ref('int_canonical__call_legs') }}
    group by source_format
    union all
    select
        'call_records' as family,
        'number_leases' as format,
        max(assigned_at) as last_event_at,
        count(*) as row_count
    from {{ ref('int_canonical__number_leases') }}
)

select
    family,
    format,
    last_event_at,
    row_count
from events
where row_count > 0
