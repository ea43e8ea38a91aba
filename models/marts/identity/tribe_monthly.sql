-- grain: one row per tribe_id, month: a tribe's members of today, over the last thirteen months
with months as (
    select
        date_day as month,
        -- contracts are counted at the month's end, of the running month at the clock
        least(cast(date_trunc('month', {{ add_days('date_day', 31) }}) as timestamp), {{ as_of() }}) as ends_at
    from {{ date_series(tribe_months_from(), as_of()) }} as days
    where extract(day from date_day) = 1
),

members as (
    select
        tribe_id,
        person_id
    from {{ ref('int_identity__tribe_members') }}
),

sizes as (
    select
        tribe_id,
        count(*) as member_count
    from members
    group by tribe_id
),

-- Contracts that ran in some part of the month.
running as (
    select
        contracts.tribe_id,
        months.month,
        contracts.product_id,
        contracts.premium_eur,
        contracts.closed_at is null or contracts.closed_at >= months.ends_at as is_in_force
    from {{ ref('int_identity__tribe_contracts') }} as contracts
    inner join months
        on
            contracts.opened_at < months.ends_at
            and (contracts.closed_at is null or contracts.closed_at >= months.month)
),

holdings as (
    select
        tribe_id,
        month,
        count(case when is_in_force then 1 end) as contract_count,
        sum(case when is_in_force then premium_eur end) as premium_eur,
        count(distinct case when is_in_force then product_id end) as product_count,
        count(case when not is_in_force then 1 end) as churned_contract_count
    from running
    group by tribe_id, month
),

reach as (
    select
        members.tribe_id,
        activity.month,
        count(*) as reached_count
    from {{ ref('int_identity__tribe_activity') }} as activity
    inner join members on activity.person_id = members.person_id
    group by members.tribe_id, activity.month
),

satisfaction as (
    select
        members.tribe_id,
        answers.month,
        sum(answers.answer_count) as answer_count,
        sum(answers.satisfaction_sum) as satisfaction_sum
    from {{ ref('int_identity__tribe_satisfaction') }} as answers
    inner join members on answers.person_id = members.person_id
    group by members.tribe_id, answers.month
)

select
    sizes.tribe_id,
    months.month,
    sizes.member_count,
    coalesce(holdings.contract_count, 0) as contract_count,
    cast(coalesce(holdings.premium_eur, 0) as decimal(18, 4)) as premium_eur,
    coalesce(holdings.product_count, 0) as product_count,
    coalesce(reach.reached_count, 0) as reached_count,
    coalesce(holdings.churned_contract_count, 0) as churned_contract_count,
    cast(coalesce(satisfaction.answer_count, 0) as bigint) as satisfaction_count,
    cast(
        satisfaction.satisfaction_sum / (1000000.0 * nullif(satisfaction.answer_count, 0)) as double
    ) as satisfaction_rate
from sizes
cross join months
left join holdings on sizes.tribe_id = holdings.tribe_id and months.month = holdings.month
left join reach on sizes.tribe_id = reach.tribe_id and months.month = reach.month
left join satisfaction on sizes.tribe_id = satisfaction.tribe_id and months.month = satisfaction.month
