-- grain: one row per funnel and step that somebody can stop at: what a call leads to (funnel, step_number)
--
-- Sales per lead called, once enough were called that had stopped there; until then the score's
-- probability, of the candidates of the step, else of all.
with steps as (
    select
        steps.funnel,
        steps.step_number,
        max(steps.step_number) over (partition by steps.funnel) as step_count
    from (
        select distinct
            funnel,
            step_number
        from {{ ref('funnel_steps') }}
    ) as steps
),

called as (
    select
        cast(round(step_rate * 1000) as bigint) as step_permille,
        count(*) as called_count,
        count(case when is_sold then 1 end) as sold_count
    from {{ ref('int_e_rebond__past_leads') }}
    where trigger = 'abandonment'
    group by cast(round(step_rate * 1000) as bigint)
),

scored as (
    select
        candidates.funnel,
        candidates.furthest_step,
        avg(scores.sale_probability) as sale_probability
    from {{ ref('int_e_rebond__candidates') }} as candidates
    inner join {{ ref('int_e_rebond__scores') }} as scores
        on candidates.candidate_id = scores.candidate_id
    where candidates.trigger = 'abandonment'
    group by candidates.funnel, candidates.furthest_step
),

of_all as (
    select avg(sale_probability) as sale_probability
    from {{ ref('int_e_rebond__scores') }}
)

select
    steps.funnel,
    steps.step_number,
    steps.step_count,
    case
        when called.called_count >= {{ var('scenario_minimum_calls') }}
            then cast(called.sold_count as double) / called.called_count
        else coalesce(scored.sale_probability, of_all.sale_probability, 0)
    end as sale_rate,
    coalesce(called.called_count >= {{ var('scenario_minimum_calls') }}, false) as is_measured
from steps
left join called
    on cast(round(1000.0 * steps.step_number / steps.step_count) as bigint) = called.step_permille
left join scored
    on steps.funnel = scored.funnel and steps.step_number = scored.furthest_step
cross join of_all
where steps.step_number < steps.step_count
