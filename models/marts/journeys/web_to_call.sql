-- grain: one row per sort of visit: device class, contact channel, page type, product, subject
-- (device_class, contact_channel, page_type, product_id, reason_code)
--
-- Visits that may be linked, each counted once, under the page that tells what it was for.
select
    entries.device_class,
    interactions.contact_channel,
    coalesce(topics.page_type, 'other') as page_type,
    topics.product_id,
    topics.reason_code,
    count(*) as session_count,
    count(visits.call_at) as call_count,
    cast(count(visits.call_at) as double) / count(*) as call_rate,
    percentile_cont(0.5) within group (
        order by {{ seconds_between('visits.occurred_at', 'visits.call_at') }}
    ) as median_seconds_to_call,
    count(visits.branch_at) as branch_count,
    cast(count(visits.branch_at) as double) / count(*) as branch_rate
from {{ ref('int_journeys__visits_with_sequel') }} as visits
inner join {{ ref('int_journeys__session_persons') }} as persons
    on visits.session_id = persons.session_id
inner join {{ ref('int_journeys__session_entries') }} as entries
    on persons.session_key = entries.session_key
inner join {{ ref('int_journeys__interactions') }} as interactions
    on visits.session_id = interactions.session_id
left join {{ ref('int_journeys__session_topics') }} as topics
    on persons.session_key = topics.session_key
group by
    entries.device_class, interactions.contact_channel, coalesce(topics.page_type, 'other'), topics.product_id,
    topics.reason_code
