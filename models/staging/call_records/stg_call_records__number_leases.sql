-- grain: one row per lease of a number to a visitor (lease_id)
with delivered as (
    select
        *,
        {{ url_without_scheme('page_url') }} as page_bare
    from {{ current_rows(
        source('call_records', 'number_leases'),
        key=['lease_id'],
        prefer=['released_at desc nulls last', 'last_seen_at desc nulls last'],
        content=['reason', 'consent', 'assigned_at', 'visitor_id', 'tracker_session_id'],
    ) }}
),

located as (
    select
        *,
        {{ url_host('page_bare') }} as page_host,
        {{ url_path('page_bare') }} as page_path,
        {{ url_query('page_bare') }} as page_query,
        {{ allowed_parameters() }} as allowed_parameters
    from delivered
)

select
    lease_id,
    nullif(pool_id, '') as pool_id,
    case
        when number_status = 'valid' then number_e164
        when number_status = 'short' then {{ regexp_replace_all('number', "'[^0-9]'", "''") }}
    end as own_number,
    case when number_status = 'valid' then number_hash end as own_number_hash,
    nullif(visitor_id, '') as visitor_id,
    nullif(tracker_session_id, '') as tracker_session_id,
    {{ safe_url('page_host', 'page_path', 'page_query') }} as page_url,
    assigned_at,
    last_seen_at,
    released_at,
    reason,
    case
        when consent is not null then {{ consent_status('consent') }}
        when _legal_basis is not null then 'granted'
    end as consent_status,
    _file_id || ':' || _line as row_id,
    _load_id as load_id
from located
