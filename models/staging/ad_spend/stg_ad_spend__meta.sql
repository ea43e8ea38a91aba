-- grain: one row per day, object of the report's level and breakdown (ad_spend_id)
{% set breakdowns = [
    'hour', 'publisher_platform', 'platform_position', 'impression_device', 'device_platform', 'age',
    'gender', 'country', 'region',
] %}
{% set key = ['account_id', 'date', 'campaign_id', 'campaign_name', 'adset_id', 'ad_id'] + breakdowns %}
with delivered as (
    select
        *,
        {{ meta_level() }} as level
    from {{ current_rows(
        source('ad_spend', 'meta'),
        part=meta_account() ~ " || '|' || " ~ meta_level(),
        key=key,
        day='date',
    ) }} as current_state
)

select
    {{ hash_key(key) }} as ad_spend_id,
    {{ meta_account() }} as account_id,
    date as spend_date,
    level,
    {{ filled_columns(breakdowns) }} as breakdown,
    -- reports of ads alone name no campaign: the ad stands for it
    coalesce(campaign_id, case when campaign_name is null then ad_id end) as campaign_id,
    coalesce(campaign_name, campaign_id, ad_id) as campaign,
    'meta' as channel,
    cast(spend as decimal(18, 6)) as cost,
    upper(coalesce(account_currency, _currency)) as currency,
    impressions,
    -- clicks that lead to the site, as other platforms count them; else clicks of any kind
    coalesce(inline_link_clicks, clicks) as clicks,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from delivered
