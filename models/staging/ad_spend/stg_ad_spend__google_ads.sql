-- grain: one row per day, object of the report's level, network, device and hour (ad_spend_id)
{% set key = [
    'customer_id', 'date', 'hour', 'id', 'campaign_id', 'ad_group_id', 'ad_id', 'criterion_id',
    'ad_network_type', 'device',
] %}
with delivered as (
    select
        *,
        {{ google_ads_level() }} as level,
        {{ google_ads_account() }} as account_id
    from {{ current_rows(
        source('ad_spend', 'google_ads'),
        part=google_ads_account() ~ " || '|' || " ~ google_ads_level(),
        key=key,
        day='date',
    ) }} as current_state
),

named as (
    select
        *,
        coalesce(
            campaign_id,
            case when level = 'campaign' then id end,
            {{ regexp_group('resource_name', "'/campaigns/([0-9]+)'") }}
        ) as own_campaign_id,
        -- campaigns that run on several networks are told by their type, others by the network
        coalesce(
            case
                when channel_type in ('PERFORMANCE_MAX', 'DEMAND_GEN', 'DISCOVERY', 'SMART', 'SHOPPING')
                    then channel_type
            end,
            ad_network_type
        ) as placement
    from delivered
)

select
    {{ hash_key(key) }} as ad_spend_id,
    account_id,
    date as spend_date,
    level,
    {{ filled_columns(['ad_network_type', 'device', 'hour']) }} as breakdown,
    own_campaign_id as campaign_id,
    coalesce(campaign_name, own_campaign_id) as campaign,
    'google_ads' || coalesce('_' || lower(placement), '') as channel,
    cast(cost_micros * 0.000001 as decimal(18, 6)) as cost,
    upper(coalesce(currency_code, _currency)) as currency,
    impressions,
    clicks,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from named
