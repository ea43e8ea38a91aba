-- grain: one row per measure of the scorecard and month in which something of it happened (measure_code, month)
--
-- Months are those of the business' clock, as in the marts that show the same figures in full.
{%- set zone = "'" ~ var('business_time_zone') ~ "'" %}
with reviews as (
    select
        {{ business_month('created_at') }} as month,
        -- off its scale it is no rating
        case when rating between 0 and rating_max then rating / nullif(rating_max, 0) end as rating_rate,
        has_reply
    from {{ ref('int_canonical__reviews') }}
    where created_at <= {{ as_of() }}
),

nps as (
    select
        {{ business_month('feedback.given_at') }} as month,
        scores.is_promoter,
        scores.is_detractor
    from {{ ref('int_voice_of_customer__feedback') }} as feedback
    inner join {{ ref('int_voice_of_customer__scores') }} as scores
        on feedback.feedback_id = scores.feedback_id
    where scores.is_promoter is not null and feedback.given_at <= {{ as_of() }}
),

complaints as (
    select
        {{ business_month('closed_at') }} as month,
        {{ seconds_between('opened_at', 'closed_at') }} as lasted_seconds
    from {{ ref('int_canonical__cases') }}
    where {{ alias_key('case_kind') }} = 'complaint' and closed_at <= {{ as_of() }} and opened_at <= closed_at
),

touches as (
    select
        {{ business_month('interactions.occurred_at') }} as month,
        count(distinct case
            when people.is_customer and interactions.direction = 'inbound' then interactions.person_id
        end) as reached_count,
        count(case when interactions.source = 'contact' and interactions.direction = 'outbound' then 1 end)
            as message_count
    from {{ ref('int_journeys__interactions') }} as interactions
    left join {{ ref('int_identity__persons') }} as people
        on interactions.person_id = people.person_id
    where interactions.occurred_at <= {{ as_of() }}
    group by {{ business_month('interactions.occurred_at') }}
),

-- Customers as of now: who left the files can't be counted any more.
customers as (
    select count(*) as customer_count
    from {{ ref('int_identity__persons') }}
    where is_customer
),

months as (
    select month
    from touches
),

lives as (
    select
        cast({{ utc_to_local('opened_at', zone) }} as date) as opened_on,
        cast({{ utc_to_local('closed_at', zone) }} as date) as closed_on,
        {{ business_month('closed_at') }} as closed_month
    from {{ ref('int_journeys__signed_contracts') }}
    where status <> 'withdrawn'
),

contracts as (
    select
        months.month,
        count(*) as open_count,
        count(case when contracts.closed_month = months.month then 1 end) as closed_count
    from months
    inner join lives as contracts
        on
            months.month > contracts.opened_on
            and coalesce(months.month <= contracts.closed_on, true)
    group by months.month
)

select
    'review_rating' as measure_code,
    month,
    cast(sum(cast(rating_rate as decimal(18, 6))) / nullif(count(rating_rate), 0) as double) as result,
    count(*) as effort
from reviews
group by month
union all
select
    'review_answer_rate' as measure_code,
    month,
    count(case when has_reply then 1 end) / cast(count(*) as double) as result,
    count(case when has_reply then 1 end) as effort
from reviews
group by month
union all
select
    'nps' as measure_code,
    month,
    100.0 * (count(case when is_promoter then 1 end) - count(case when is_detractor then 1 end)) / count(*) as result,
    count(*) as effort
from nps
group by month
union all
select
    'call_quality' as measure_code,
    {{ business_month('scored_at') }},
    cast(sum(score) / count(score) as double) as result,
    count(score) as effort
from {{ ref('int_canonical__quality_scores') }}
where score is not null and scored_at <= {{ as_of() }}
group by {{ business_month('scored_at') }}
union all
select
    'accessibility' as measure_code,
    cast(date_trunc('month', {{ utc_to_local('started_at', 'time_zone') }}) as date),
    count(case when outcome = 'answered' then 1 end) / cast(count(*) as double) as result,
    count(case when outcome = 'answered' then 1 end) as effort
from {{ ref('int_canonical__calls') }}
where direction = 'inbound' and started_at <= {{ as_of() }}
group by cast(date_trunc('month', {{ utc_to_local('started_at', 'time_zone') }}) as date)
union all
select
    'complaint_days' as measure_code,
    month,
    sum(lasted_seconds) / 86400.0 / count(*) as result,
    count(*) as effort
from complaints
group by month
union all
select
    'reached_customers' as measure_code,
    touches.month,
    touches.reached_count / cast(customers.customer_count as double) as result,
    touches.message_count
from touches
inner join customers on customers.customer_count > 0
union all
select
    'contract_retention' as measure_code,
    month,
    (open_count - closed_count) / cast(open_count as double) as result,
    open_count - closed_count as effort
from contracts
