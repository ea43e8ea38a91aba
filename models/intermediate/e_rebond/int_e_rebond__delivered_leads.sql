-- grain: one row per lead given to the contact centre, with what came of it (delivery_id)
--
-- An outcome belongs to the last delivery of its target before it.
with deliveries as (
    select
        *,
        lead(delivered_at) over (partition by target_id order by delivered_at, delivery_id) as next_delivered_at
    from {{ ref('int_canonical__lead_deliveries') }}
),

attempts as (
    select
        deliveries.delivery_id,
        count(*) as attempt_count,
        min(outcomes.attempted_at) as first_attempt_at,
        count(case when outcomes.result in ('sold', 'interested', 'refused', 'complaint') then 1 end) as reached_count,
        count(case when outcomes.result = 'sold' then 1 end) as sold_count,
        count(case when outcomes.result = 'refused' then 1 end) as refused_count,
        count(case when outcomes.result = 'complaint' then 1 end) as complaint_count
    from deliveries
    inner join {{ ref('int_canonical__lead_outcomes') }} as outcomes
        on
            deliveries.target_id = outcomes.target_id
            and deliveries.delivered_at <= outcomes.attempted_at
            and coalesce(deliveries.next_delivered_at, {{ never() }}) > outcomes.attempted_at
    where outcomes.attempted_at < {{ as_of() }}
    group by deliveries.delivery_id
)

select
    deliveries.delivery_id,
    deliveries.target_id,
    deliveries.trigger,
    deliveries.team,
    deliveries.call_date,
    deliveries.consumer_time_zone,
    deliveries.detected_at,
    deliveries.delivered_at,
    deliveries.acknowledgement,
    attempts.first_attempt_at,
    coalesce(attempts.reached_count > 0, false) as is_reached,
    coalesce(attempts.sold_count > 0, false) as is_sold,
    coalesce(attempts.refused_count > 0, false) as is_refused,
    coalesce(attempts.complaint_count > 0, false) as is_complaint,
    -- a lead withdrawn after it was called was given all the same
    coalesce(deliveries.cancelled_at <= coalesce(attempts.first_attempt_at, {{ never() }}), false) as is_cancelled
from deliveries
left join attempts on deliveries.delivery_id = attempts.delivery_id
