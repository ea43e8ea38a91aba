-- grain: one row per spend_date, channel, campaign
select
    {{ hash_key(['date', 'channel', 'campaign']) }} as ad_spend_id,
    date as spend_date,
    channel,
    campaign,
    cost,
    upper(_currency) as currency,
    impressions,
    clicks,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from {{ current_rows(
    source('ad_spend', 'flat'),
    key=['date', 'channel', 'campaign'],
    day='date',
) }} as current_state
