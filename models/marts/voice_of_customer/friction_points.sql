-- grain: one row per journey_stage, step and reason
{%- set recent_from = add_seconds(as_of(), '-86400 * ' ~ var('friction_days')) %}
{%- set before_from = add_seconds(as_of(), '-172800 * ' ~ var('friction_days')) %}
with counted as (
    select
        journey_stage,
        step,
        reason,
        count(case when occurred_at > {{ recent_from }} then 1 end) as friction_count,
        count(distinct case when occurred_at > {{ recent_from }} then subject_key end) as people_count,
        count(distinct case when occurred_at > {{ recent_from }} then person_id end) as person_count,
        count(distinct case
            when occurred_at <= {{ recent_from }} and occurred_at > {{ before_from }} then subject_key
        end) as previous_people_count
    from {{ ref('int_voice_of_customer__frictions') }}
    group by journey_stage, step, reason
),

visitors as (
    select
        journey_stage,
        count(distinct person_id) as stage_person_count
    from {{ ref('int_journeys__interactions') }}
    where occurred_at > {{ recent_from }} and occurred_at <= {{ as_of() }}
    group by journey_stage
),

outcomes as (
    select
        journey_stage,
        step,
        reason,
        count(*) as holder_count,
        count(case when is_lost then 1 end) as lost_holder_count,
        sum(lost_premium_eur) as lost_premium_eur
    from {{ ref('int_voice_of_customer__friction_outcomes') }}
    group by journey_stage, step, reason
),

compared as (
    select
        counted.*,
        coalesce(visitors.stage_person_count, 0) as stage_person_count,
        coalesce(troubled.holder_count, 0) as holder_count,
        coalesce(troubled.lost_holder_count, 0) as lost_holder_count,
        coalesce(troubled.lost_premium_eur, 0) as lost_premium_eur,
        coalesce(others.holder_count, 0) as other_holder_count,
        coalesce(others.lost_holder_count, 0) as other_lost_holder_count
    from counted
    left join visitors on counted.journey_stage = visitors.journey_stage
    left join outcomes as troubled
        on
            counted.journey_stage = troubled.journey_stage
            and counted.step = troubled.step
            and counted.reason = troubled.reason
    left join outcomes as others
        on counted.journey_stage = others.journey_stage and others.reason is null
    where counted.people_count + counted.previous_people_count + coalesce(troubled.holder_count, 0) > 0
),

rates as (
    select
        *,
        {{ rate_with_bounds('lost', 'lost_holder_count', 'holder_count') }},
        {{ rate_with_bounds('other', 'other_lost_holder_count', 'other_holder_count') }}
    from compared
),

differences as (
    select
        *,
        lost_rate - other_rate as lost_difference,
        {{ newcombe_bound('lost', 'other', -1) }} as lost_difference_low,
        {{ newcombe_bound('lost', 'other', 1) }} as lost_difference_high,
        holder_count >= {{ var('experiment_minimum_subjects') }}
        and other_holder_count >= {{ var('experiment_minimum_subjects') }}
        and lost_holder_count + other_lost_holder_count >= {{ var('experiment_minimum_conversions') }} as is_enough
    from rates
)

select
    journey_stage,
    step,
    reason,
    friction_count,
    people_count,
    previous_people_count,
    (people_count - previous_people_count) / cast(nullif(previous_people_count, 0) as double) as people_growth,
    stage_person_count,
    person_count / cast(nullif(stage_person_count, 0) as double) as affected_rate,
    holder_count,
    lost_holder_count,
    cast(lost_premium_eur as decimal(18, 4)) as lost_premium_eur,
    lost_rate,
    other_holder_count,
    other_rate as other_lost_rate,
    lost_difference,
    lost_difference_low,
    lost_difference_high,
    {{ difference_verdict('lost_difference_low', 'lost_difference_high', 'not is_enough') }} as verdict
from differences
