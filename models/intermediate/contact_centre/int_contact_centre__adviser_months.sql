-- grain: one row per month and adviser who answered or called, for grouping only (month, adviser_id)
with handled as (
    select
        contacts.month,
        contacts.adviser_id,
        count(*) as handled,
        count(contacts.talk_seconds) as handling_known,
        cast(sum(
            coalesce(contacts.talk_seconds, 0) + coalesce(contacts.hold_seconds, 0) + coalesce(contacts.wrap_seconds, 0)
        ) as bigint) as handling_seconds,
        count(contacts.reason_code) as reason_noted,
        cast(coalesce(sum(results.sale_count), 0) as bigint) as sale_count,
        cast(coalesce(sum(results.quality_score_count), 0) as bigint) as quality_score_count,
        cast(coalesce(sum(results.quality_score_sum), 0) as decimal(18, 4)) as quality_score_sum
    from {{ ref('int_contact_centre__contacts') }} as contacts
    left join {{ ref('int_contact_centre__call_results') }} as results
        on contacts.call_id = results.call_id
    where contacts.adviser_id is not null and contacts.is_answered
    group by contacts.month, contacts.adviser_id
),

answers as (
    select
        month,
        adviser_id,
        count(*) as csat_count,
        count(*) filter (where is_good) as csat_top_count
    from {{ ref('int_contact_centre__survey_answers') }}
    where feedback_kind = 'csat' and adviser_id is not null
    group by month, adviser_id
),

logged_in as (
    select
        adviser_id,
        cast(date_trunc('month', {{ utc_to_local('half_hour_at', "'" ~ var('business_time_zone') ~ "'") }}) as date)
            as month,
        cast(floor(sum(available_us) / 1000000.0) as bigint) as available_seconds
    from {{ ref('int_canonical__adviser_half_hours') }}
    where half_hour_at < {{ truncate_half_hour(as_of()) }}
    group by adviser_id, month
)

select
    handled.month,
    handled.adviser_id,
    coalesce(advisers.team, 'unknown') as team,
    handled.handled,
    handled.handling_known,
    handled.handling_seconds,
    handled.reason_noted,
    handled.sale_count,
    handled.quality_score_count,
    handled.quality_score_sum,
    coalesce(answers.csat_count, 0) as csat_count,
    coalesce(answers.csat_top_count, 0) as csat_top_count,
    coalesce(logged_in.available_seconds, 0) as available_seconds
from handled
left join {{ ref('int_canonical__advisers') }} as advisers
    on handled.adviser_id = advisers.adviser_id
left join answers
    on handled.month = answers.month and handled.adviser_id = answers.adviser_id
left join logged_in
    on handled.month = logged_in.month and handled.adviser_id = logged_in.adviser_id
