-- grain: one row per combination of what sessions came with (traffic_key)
--
-- The ordered rules of seeds/channel_rules.csv: the first whose every stated condition holds names
-- the channel. They run on distinct combinations, not on sessions.
with matches as (
    select
        traffic.traffic_key,
        traffic.source,
        traffic.medium,
        traffic.campaign,
        traffic.source_category,
        rules.rank,
        rules.channel
    from {{ ref('int_journeys__traffic_sources') }} as traffic
    left join {{ ref('channel_rules') }} as rules
        on
            (
                coalesce(rules.source_category, '') = ''
                or traffic.source_category = rules.source_category
            )
            and (
                coalesce(rules.source_pattern, '') = ''
                or {{ regexp_matches("coalesce(traffic.source, '')", "rules.source_pattern") }}
            )
            and (
                coalesce(rules.medium_pattern, '') = ''
                or {{ regexp_matches("coalesce(traffic.medium, '')", "rules.medium_pattern") }}
            )
            and (
                coalesce(rules.campaign_pattern, '') = ''
                or {{ regexp_matches("coalesce(traffic.campaign, '')", "rules.campaign_pattern") }}
            )
)

select
    traffic_key,
    source,
    medium,
    campaign,
    source_category,
    channel as marketing_channel
from matches
qualify row_number() over (partition by traffic_key order by rank nulls last, channel) = 1
