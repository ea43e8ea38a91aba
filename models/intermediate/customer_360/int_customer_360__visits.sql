-- grain: one row per person whose navigation may be linked: their visits (person_id)
--
-- Ad returns are visits that an advertisement brought, by channel; robots are left out.
with visits as (
    select
        persons.person_id,
        entries.session_id,
        entries.device_class,
        totals.first_event_us,
        {{ engaged_seconds('totals') }} as engaged_seconds,
        paid.marketing_channel as paid_channel,
        totals.first_event_us
        >= {{ epoch_us(add_seconds(as_of(), '-86400 * ' ~ var('activity_days'))) }} as is_recent
    from {{ ref('int_journeys__session_persons') }} as persons
    inner join {{ ref('int_journeys__session_entries') }} as entries
        on persons.session_key = entries.session_key
    inner join {{ ref('int_journeys__session_totals') }} as totals
        on persons.session_key = totals.session_key
    left join {{ ref('int_journeys__session_origins') }} as origins
        on persons.session_key = origins.session_key
    left join {{ ref('int_journeys__traffic_channels') }} as channels
        on origins.traffic_key = channels.traffic_key
    left join {{ ref('paid_channels') }} as paid
        on channels.marketing_channel = paid.marketing_channel
    where persons.person_id is not null and not totals.is_bot and totals.first_event_us <= {{ epoch_us(as_of()) }}
),

-- The latest of several things is the one with the greatest time, then the greatest key.
last_visits as (
    select
        person_id,
        device_class as last_device_class
    from visits
    qualify row_number() over (partition by person_id order by first_event_us desc, session_id desc) = 1
),

last_ads as (
    select
        person_id,
        paid_channel as last_ad_channel
    from visits
    where paid_channel is not null
    qualify row_number() over (partition by person_id order by first_event_us desc, session_id desc) = 1
)

select
    visits.person_id,
    count(case when visits.is_recent then 1 end) as visit_count,
    coalesce(sum(case when visits.is_recent then visits.engaged_seconds end), 0) as engaged_seconds,
    count(case when visits.is_recent and visits.paid_channel is not null then 1 end) as ad_visit_count,
    {{ timestamp_from_us('max(visits.first_event_us)') }} as last_visit_at,
    max(last_visits.last_device_class) as last_device_class,
    max(last_ads.last_ad_channel) as last_ad_channel
from visits
inner join last_visits on visits.person_id = last_visits.person_id
left join last_ads on visits.person_id = last_ads.person_id
group by visits.person_id
