-- grain: one row per obstacle and holder who met it, or met none at the stage (journey_stage, step, reason, person_id)
--
-- Only moments that are friction_outcome_days old, so that everybody could be watched for as long. Who
-- was at the stage without meeting any obstacle there has neither step nor reason: the others are held
-- against them.
{%- set since = add_seconds(as_of(), '-86400 * ' ~ (var('friction_history_days') + var('friction_outcome_days'))) %}
{%- set until = add_seconds(as_of(), '-86400 * ' ~ var('friction_outcome_days')) %}
with met as (
    select
        journey_stage,
        step,
        reason,
        person_id,
        min(occurred_at) as first_at
    from {{ ref('int_voice_of_customer__frictions') }}
    where person_id is not null and occurred_at > {{ since }} and occurred_at <= {{ until }}
    group by journey_stage, step, reason, person_id
),

visited as (
    select
        journey_stage,
        person_id,
        min(occurred_at) as first_at
    from {{ ref('int_journeys__interactions') }}
    where
        person_id is not null
        and journey_stage is not null
        and occurred_at > {{ since }}
        and occurred_at <= {{ until }}
    group by journey_stage, person_id
),

troubled as (
    select distinct
        journey_stage,
        person_id
    from met
),

moments as (
    select * from met
    union all
    select
        visited.journey_stage,
        cast(null as varchar) as step,
        cast(null as varchar) as reason,
        visited.person_id,
        visited.first_at
    from visited
    left join troubled
        on visited.journey_stage = troubled.journey_stage and visited.person_id = troubled.person_id
    where troubled.person_id is null
),

held as (
    select
        moments.*,
        contracts.premium_eur,
        coalesce(
            contracts.closed_at <= {{ add_seconds('moments.first_at', '86400 * ' ~ var('friction_outcome_days')) }},
            false
        ) as is_lost
    from moments
    inner join {{ ref('int_journeys__signed_contracts') }} as contracts
        on
            moments.person_id = contracts.person_id
            and moments.first_at >= contracts.opened_at
            and coalesce(moments.first_at < contracts.closed_at, true)
)

select
    journey_stage,
    step,
    reason,
    person_id,
    max(case when is_lost then 1 else 0 end) = 1 as is_lost,
    cast(coalesce(sum(case when is_lost then premium_eur end), 0) as decimal(18, 4)) as lost_premium_eur
from held
group by journey_stage, step, reason, person_id
