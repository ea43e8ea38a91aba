-- grain: one row per improvement, and per idea or irritant that none takes up (topic_kind, topic_code, improvement_id)
--
-- How often customers say it is counted per text, as many days before the change as after it.
{%- set days = var('friction_days') %}
with texts as (
    select
        coalesce(journey_stage, 'unknown') as journey_stage,
        cast({{ utc_to_local('said_at', "'" ~ var('business_time_zone') ~ "'") }} as date) as said_date,
        idea,
        irritant
    from {{ ref('int_voice_of_customer__coded_texts') }}
    where text_kind <> 'wrap_up' and said_at <= {{ as_of() }}
),

daily_texts as (
    select
        journey_stage,
        said_date,
        count(*) as text_count
    from texts
    group by journey_stage, said_date
),

daily_topics as (
    {% for topic_kind in ['idea', 'irritant'] %}
        select
            '{{ topic_kind }}' as topic_kind,
            {{ topic_kind }} as topic_code,
            journey_stage,
            said_date,
            count(*) as mention_count
        from texts
        where {{ topic_kind }} is not null
        group by {{ topic_kind }}, journey_stage, said_date
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

topics as (
    select
        topic_kind,
        topic_code,
        sum(mention_count) as mention_count,
        max(said_date) as last_said_date
    from daily_topics
    group by topic_kind, topic_code
),

mentions as (
    select
        changes.improvement_id,
        sum(case when said.said_date < changes.changed_date then said.mention_count else 0 end) as before_count,
        sum(case when said.said_date >= changes.changed_date then said.mention_count else 0 end) as after_count
    from {{ ref('improvements') }} as changes
    inner join daily_topics as said
        on changes.topic_kind = said.topic_kind and changes.topic_code = said.topic_code
    where
        coalesce(changes.journey_stage = said.journey_stage, true)
        and said.said_date >= {{ add_days('changes.changed_date', '-' ~ days) }}
        and said.said_date < {{ add_days('changes.changed_date', days) }}
    group by changes.improvement_id
),

-- improvements are few, and texts are counted by day
chances as (
    select
        changes.improvement_id,
        sum(case when said.said_date < changes.changed_date then said.text_count else 0 end) as before_texts,
        sum(case when said.said_date >= changes.changed_date then said.text_count else 0 end) as after_texts
    from {{ ref('improvements') }} as changes
    inner join daily_texts as said
        on coalesce(changes.journey_stage = said.journey_stage, true)
    where
        said.said_date >= {{ add_days('changes.changed_date', '-' ~ days) }}
        and said.said_date < {{ add_days('changes.changed_date', days) }}
    group by changes.improvement_id
),

logged as (
    select
        coalesce(changes.topic_kind, topics.topic_kind) as topic_kind,
        coalesce(changes.topic_code, topics.topic_code) as topic_code,
        coalesce(changes.improvement_id, 'none') as improvement_id,
        changes.journey_stage,
        cast(coalesce(topics.mention_count, 0) as bigint) as mention_count,
        topics.last_said_date,
        changes.change,
        changes.owner,
        changes.changed_date,
        cast(coalesce(mentions.before_count, 0) as bigint) as before_count,
        cast(coalesce(chances.before_texts, 0) as bigint) as before_texts,
        cast(coalesce(mentions.after_count, 0) as bigint) as after_count,
        cast(coalesce(chances.after_texts, 0) as bigint) as after_texts
    from {{ ref('improvements') }} as changes
    full outer join topics
        on changes.topic_kind = topics.topic_kind and changes.topic_code = topics.topic_code
    left join mentions on changes.improvement_id = mentions.improvement_id
    left join chances on changes.improvement_id = chances.improvement_id
),

rates as (
    select
        *,
        {{ rate_with_bounds('before', 'before_count', 'before_texts') }},
        {{ rate_with_bounds('after', 'after_count', 'after_texts') }}
    from logged
)

select
    topic_kind,
    topic_code,
    improvement_id,
    journey_stage,
    mention_count,
    last_said_date,
    change,
    owner,
    changed_date,
    before_count,
    before_rate,
    after_count,
    after_rate,
    after_rate - before_rate as rate_difference,
    {{ newcombe_bound('after', 'before', -1) }} as difference_low,
    {{ newcombe_bound('after', 'before', 1) }} as difference_high,
    case
        when improvement_id = 'none' then 'open'
        when changed_date is null or changed_date > cast({{ as_of() }} as date) then 'planned'
        when least(before_texts, after_texts) < {{ var('experiment_minimum_subjects') }} then 'too_little_data'
        when {{ newcombe_bound('after', 'before', 1) }} < 0 then 'less'
        when {{ newcombe_bound('after', 'before', -1) }} > 0 then 'more'
        else 'no_difference_shown'
    end as verdict
from rates
