-- grain: one row per person_id, month: what linked persons answered when asked how satisfied they were
with answers as (
    select
        case
            when respondent_kind in ('email', 'phone', 'social_handle') then respondent_kind || '_hash'
            else respondent_kind
        end as identifier_type,
        respondent_key as identifier_value,
        answered_at,
        -- 0 worst, 1 best; in millionths, so that no order of adding changes a sum
        cast(round(1000000 * case
            when higher_is_better then (score - scale_min) / (scale_max - scale_min)
            else (scale_max - score) / (scale_max - scale_min)
        end) as bigint) as satisfaction
    from {{ ref('int_canonical__feedback_answers') }}
    where
        feedback_kind = 'csat'
        and scale_max > scale_min
        and score between scale_min and scale_max
        and answered_at >= {{ tribe_months_from() }}
        and answered_at <= {{ as_of() }}
)

select
    members.person_id,
    cast(date_trunc('month', answers.answered_at) as date) as month,
    count(*) as answer_count,
    cast(sum(answers.satisfaction) as bigint) as satisfaction_sum
from answers
inner join {{ ref('int_identity__members') }} as members
    on
        answers.identifier_type = members.identifier_type
        and answers.identifier_value = members.identifier_value
        and answers.answered_at >= members.valid_from
        and (members.valid_to is null or answers.answered_at < members.valid_to)
inner join {{ ref('int_identity__link_persons') }} as persons on members.person_id = persons.person_id
group by members.person_id, cast(date_trunc('month', answers.answered_at) as date)
