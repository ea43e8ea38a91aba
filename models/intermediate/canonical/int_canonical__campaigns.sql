-- grain: one row per campaign_id
select
    campaigns.campaign_id,
    campaigns.campaign_name,
    aliases.marketing_channel,
    campaigns.product_id,
    campaigns.starts_at,
    campaigns.ends_at,
    coalesce(campaigns.is_peak, false) as is_peak
from {{ ref('stg_crm__campaigns') }} as campaigns
left join {{ ref('marketing_channel_aliases') }} as aliases
    on {{ alias_key('campaigns.channel') }} = aliases.alias
