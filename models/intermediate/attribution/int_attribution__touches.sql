-- grain: one row per contact that may have helped a sale: a person's visit, or a sales contact (touch_id)
--
-- Visits of robots and without consent are no interactions of a person. What we send is no touch:
-- the visit that it brings is. An unanswered call is none. A visit of a stranger is a touch of
-- whoever called by its voice cookie.
select
    interactions.interaction_id as touch_id,
    interactions.source as touch_type,
    coalesce(callers.person_id, interactions.person_id) as person_id,
    interactions.occurred_at as touched_at,
    coalesce(rules.marketing_channel, traffic.marketing_channel) as marketing_channel,
    case when interactions.source = 'session' then traffic.campaign end as campaign,
    interactions.contact_channel,
    interactions.session_id,
    interactions.call_id,
    {{ key_bits('interactions.interaction_id') }} as touch_key
from {{ ref('int_journeys__interactions') }} as interactions
left join {{ ref('int_attribution__visit_callers') }} as callers
    on interactions.session_id = callers.session_id
left join {{ ref('touch_rules') }} as rules
    on
        interactions.source = rules.touch_type
        and interactions.contact_channel = rules.contact_channel
        and interactions.direction = rules.direction
        and interactions.journey_stage = rules.journey_stage
left join {{ ref('int_canonical__calls') }} as calls
    on interactions.call_id = calls.call_id
left join {{ ref('int_journeys__session_persons') }} as sessions
    on interactions.session_id = sessions.session_id
left join {{ ref('int_journeys__session_origins') }} as origins
    on sessions.session_key = origins.session_key
left join {{ ref('int_journeys__traffic_channels') }} as traffic
    on
        case
            when interactions.source = 'session'
                then coalesce(origins.traffic_key, {{ traffic_key('null', 'null', 'null', 'null', 'null') }})
        end = traffic.traffic_key
where
    coalesce(callers.person_id, interactions.person_id) is not null
    and (interactions.source = 'session' or rules.marketing_channel is not null)
    and (interactions.call_id is null or calls.outcome = 'answered')
