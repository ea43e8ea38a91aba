-- grain: one row per day of calling, trigger and team (call_date, trigger, team)
with leads as (
    select
        delivered.*,
        ages.day_rank,
        ages.age_seconds
    from {{ ref('int_e_rebond__delivered_leads') }} as delivered
    left join {{ ref('int_e_rebond__lead_ages') }} as ages
        on delivered.delivery_id = ages.delivery_id
),

counted as (
    select
        call_date,
        trigger,
        team,
        count(*) as delivered_count,
        count(case when is_cancelled then 1 end) as cancelled_count,
        count(case when acknowledgement = 'accepted' then 1 end) as accepted_count,
        count(case when acknowledgement = 'refused' then 1 end) as rejected_count,
        count(first_attempt_at) as attempted_count,
        count(case when not is_cancelled and day_rank = 0 then 1 end) as same_day_count,
        count(case when not is_cancelled and day_rank <= 1 then 1 end) as next_day_count,
        count(case when is_reached then 1 end) as reached_count,
        count(case when is_sold then 1 end) as sold_count,
        count(case when is_refused then 1 end) as refused_count,
        count(case when is_complaint then 1 end) as complaint_count,
        percentile_cont(0.5) within group (order by age_seconds) as median_age_seconds,
        percentile_cont(0.9) within group (order by age_seconds) as p90_age_seconds
    from leads
    group by call_date, trigger, team
)

select
    call_date,
    trigger,
    team,
    delivered_count,
    cancelled_count,
    accepted_count,
    rejected_count,
    attempted_count,
    reached_count,
    sold_count,
    refused_count,
    complaint_count,
    median_age_seconds,
    p90_age_seconds,
    cast(same_day_count as double) / nullif(delivered_count - cancelled_count, 0) as same_day_rate,
    cast(next_day_count as double) / nullif(delivered_count - cancelled_count, 0) as next_day_rate,
    cast(reached_count as double) / nullif(attempted_count, 0) as contact_rate,
    cast(sold_count as double) / nullif(attempted_count, 0) as conversion_rate,
    cast(refused_count as double) / nullif(reached_count, 0) as refusal_rate,
    cast(complaint_count as double) / nullif(reached_count, 0) as complaint_rate
from counted
