-- grain: one row per event (event_id)
--
-- GA4 names no events: visitor, time, name, bundle and position do. Copies of a daily table and of
-- the day's intraday table share them. The parameters' JSON is read once a row.
{%- set visible = ['user_pseudo_id', 'event_timestamp', 'event_name', 'event_bundle_sequence_id'] %}

with delivered as (
    select *
    from {{ source('web_tags', 'ga4') }}
),

surviving as (
    select
        *,
        {{ json_entries('event_params') }} as parameters
    from delivered
    where {{ is_surviving_copy(
        source('web_tags', 'ga4'), 'delivered',
        visible + [ga4_event_position(
            json_entries('event_params'),
            entry_names(json_entries('event_params')),
            entry_texts(json_entries('event_params')),
        )],
        [
            'case when session_source is null then 1 else 0 end',
            'case when user_source is null then 1 else 0 end',
            '_exported_at desc nulls last',
            hash_key(['event_params', 'user_id', 'utm_source', 'gclid', 'device', 'items']),
        ],
        suspects=visible,
    ) }}
),

named as (
    select
        *,
        {{ entry_names('parameters') }} as parameter_names,
        {{ entry_texts('parameters') }} as parameter_texts
    from surviving
),

extracted as (
    select
        *,
        {{ url_without_scheme(entry_text('parameter_names', 'parameter_texts', 'page_location')) }} as page_bare,
        {{ url_without_scheme(entry_text('parameter_names', 'parameter_texts', 'page_referrer')) }} as referrer_bare,
        {{ entry_text('parameter_names', 'parameter_texts', 'ga_session_id') }} as ga_session_id,
        {{ entry_text('parameter_names', 'parameter_texts', 'gclid') }} as gclid_parameter,
        {%- for name in ['source', 'medium', 'campaign', 'content', 'term'] %}
            {{ entry_text('parameter_names', 'parameter_texts', name) }} as {{ name }}_parameter,
        {%- endfor %}
        {{ entries_pick('parameters', event_property_keys()) }} as picked_properties,
        {{ ga4_event_position('parameters', 'parameter_names', 'parameter_texts') }} as event_position,
        {{ allowed_parameters() }} as allowed_parameters
    from named
),

located as (
    select
        *,
        {{ url_host('page_bare') }} as page_host,
        {{ url_path('page_bare') }} as page_path_delivered,
        {{ url_query('page_bare') }} as page_query,
        {{ url_host('referrer_bare') }} as referrer_host,
        {{ url_path('referrer_bare') }} as referrer_path,
        {{ url_query('referrer_bare') }} as referrer_query,
        coalesce(nullif(gclid, ''), gclid_parameter) as google_click_id
    from extracted
)

select
    {{ hash_key([
        'user_pseudo_id', epoch_us('event_timestamp'), 'event_name', 'event_bundle_sequence_id', 'event_position'
    ]) }} as event_id,
    coalesce(nullif(app_id, ''), nullif(stream_id, '')) as app_id,
    nullif(platform, '') as platform,
    coalesce(page_host, lower(nullif(hostname, ''))) as site,
    {{ canonical_event_name('event_name') }} as event_name,
    {{ ga4_occurred_at('parameter_names', 'parameter_texts') }} as occurred_at,
    nullif(user_pseudo_id, '') as visitor_id,
    -- ga_session_id is the second at which the session began: many visitors share it
    nullif(user_pseudo_id, '') || '.' || ga_session_id as tracker_session_id,
    case when user_id_status = 'plain' then nullif(user_id, '') else user_id_hash end as login_key,
    page_host,
    {{ safe_path('page_path_delivered') }} as page_path,
    {{ safe_url('page_host', 'page_path_delivered', 'page_query') }} as page_url,
    referrer_host,
    {{ safe_url('referrer_host', 'referrer_path', 'referrer_query') }} as referrer_url,
    -- of the event itself; the sources of its session and of its user are of other moments
    {%- for name in ['source', 'medium', 'campaign', 'content', 'term'] %}
        coalesce(
            {{ ga4_campaign_text('utm_' ~ name) }},
            {{ ga4_campaign_text(name ~ '_parameter') }},
            {{ url_parameter('page_query', 'utm_' ~ name) }}
        ) as utm_{{ name }},
    {%- endfor %}
    coalesce(
        {{ safe_text('google_click_id') }}, {{ safe_text('dclid') }}, {{ click_parameter_value('page_query') }}
    ) as click_id,
    case
        when google_click_id is not null then 'gclid'
        when nullif(dclid, '') is not null then 'dclid'
        else {{ click_parameter('page_query') }}
    end as click_id_kind,
    {{ device_class_of_type('device_category', 'null', 'platform') }} as device_class,
    -- robots don't reach the export
    false as is_bot,
    -- A refusal is one whatever the settings name; a yes to storage is a yes to linking only where
    -- they name it. Consent mode sends events without a visitor where storage is refused.
    case
        when {{ consent_status('analytics_storage') }} = 'denied' then 'denied'
        when
            nullif(user_pseudo_id, '') is null
            and coalesce({{ consent_status('analytics_storage') }}, '') <> 'granted'
            then 'denied'
        else cast(_consent as {{ dbt.type_string() }})
    end as consent_status,
    _legal_basis is not null as has_legal_basis,
    {{ safe_properties('picked_properties') }} as properties,
    _file_id || ':' || _line as row_id,
    _load_id as load_id
from located
