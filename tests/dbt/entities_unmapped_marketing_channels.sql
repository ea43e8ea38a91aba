-- Channels that the seed marketing_channel_aliases lacks: their spend belongs to no channel.
{{ config(severity='warn') }}

with delivered as (
    select
        'ad_spend/flat' as delivered_by,
        channel
    from {{ ref('stg_ad_spend__flat') }}
    union all
    select
        'ad_spend/' || source_format as delivered_by,
        channel
    from {{ ref('int_canonical__platform_spend') }}
    union all
    select
        'crm/campaigns' as delivered_by,
        channel
    from {{ ref('stg_crm__campaigns') }}
)

select
    delivered.delivered_by,
    delivered.channel,
    count(*) as row_count
from delivered
left join {{ ref('marketing_channel_aliases') }} as aliases
    on {{ alias_key('delivered.channel') }} = aliases.alias
where delivered.channel is not null and aliases.alias is null
group by delivered.delivered_by, delivered.channel
