-- grain: one row per month and channel with a visit, a sale, an answer or a score (month, contact_channel)
--
-- A sale counts for the channel on which it was concluded: the call or the visit that CRM names, else
-- the channel that it declares.
{%- set zone = "'" ~ var('business_time_zone') ~ "'" %}
with visits as (
    select
        session_id,
        contact_channel,
        cast(date_trunc('month', {{ utc_to_local('occurred_at', zone) }}) as date) as month
    from {{ ref('int_journeys__interactions') }}
    where source = 'session'
),

sales as (
    select
        cast(date_trunc('month', {{ utc_to_local('conversions.converted_at', zone) }}) as date) as month,
        case
            when conversions.call_id is not null then 'phone'
            else coalesce(visits.contact_channel, conversions.declared_finalised_channel)
        end as contact_channel,
        conversions.net_revenue_eur
    from {{ ref('int_journeys__conversions') }} as conversions
    left join visits
        on conversions.session_id = visits.session_id
    where conversions.status <> 'withdrawn' and conversions.converted_at is not null
),

parts as (
    select
        month,
        contact_channel,
        'visit' as part,
        cast(1 as decimal(38, 4)) as amount
    from visits
    union all
    select
        month,
        contact_channel,
        'sale' as part,
        cast(1 as decimal(38, 4)) as amount
    from sales
    union all
    select
        month,
        contact_channel,
        'revenue' as part,
        cast(net_revenue_eur as decimal(38, 4)) as amount
    from sales
    union all
    select
        month,
        contact_channel,
        case
            when is_good then 'good_' || feedback_kind
            else 'other_' || feedback_kind
        end as part,
        cast(1 as decimal(38, 4)) as amount
    from {{ ref('int_contact_centre__survey_answers') }}
    union all
    select
        contacts.month,
        contacts.contact_channel,
        'quality' as part,
        results.quality_score_sum as amount
    from {{ ref('int_contact_centre__call_results') }} as results
    inner join {{ ref('int_contact_centre__contacts') }} as contacts
        on results.call_id = contacts.call_id
    where results.quality_score_count > 0
    union all
    select
        contacts.month,
        contacts.contact_channel,
        'quality_score' as part,
        cast(results.quality_score_count as decimal(38, 4)) as amount
    from {{ ref('int_contact_centre__call_results') }} as results
    inner join {{ ref('int_contact_centre__contacts') }} as contacts
        on results.call_id = contacts.call_id
)

select
    month,
    contact_channel,
    count(*) filter (where part = 'visit') as visit_count,
    count(*) filter (where part = 'sale') as sale_count,
    cast(coalesce(sum(amount) filter (where part = 'revenue'), 0) as decimal(18, 4)) as revenue_eur,
    count(*) filter (where part in ('good_csat', 'other_csat')) as csat_count,
    count(*) filter (where part = 'good_csat') as csat_top_count,
    count(*) filter (where part in ('good_ces', 'other_ces')) as ces_count,
    count(*) filter (where part = 'good_ces') as ces_easy_count,
    cast(coalesce(sum(amount) filter (where part = 'quality_score'), 0) as bigint) as quality_score_count,
    cast(coalesce(sum(amount) filter (where part = 'quality'), 0) as decimal(18, 4)) as quality_score_sum
from parts
where contact_channel is not null and month is not null
group by month, contact_channel
