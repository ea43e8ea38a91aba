-- grain: one row per answer about satisfaction or effort that lies on its scale (answer_key)
--
-- Satisfied: the two best answers (of two or three the best). Easy: 1 or 2 of 5 where low is good (CES 1),
-- 5 to 7 of 7 where high is good (CES 2); other scales of effort have no published reading.
with answers as (
    select
        {{ hash_key(['answers.source_format', 'answers.response_id', 'answers.question_id']) }} as answer_key,
        answers.feedback_kind,
        coalesce(answers.contact_channel, case when calls.call_id is not null then 'phone' end) as contact_channel,
        coalesce(answers.adviser_id, calls.adviser_id) as adviser_id,
        answers.score,
        answers.scale_min,
        answers.scale_max,
        answers.higher_is_better,
        answers.answered_at
    from {{ ref('int_canonical__feedback_answers') }} as answers
    left join {{ ref('int_canonical__call_references') }} as call_references
        on answers.source_call_id = call_references.source_id
    left join {{ ref('int_canonical__calls') }} as calls
        on call_references.call_id = calls.call_id
    where
        answers.feedback_kind in ('csat', 'ces')
        and answers.score >= answers.scale_min
        and answers.score <= answers.scale_max
),

judged as (
    select
        answer_key,
        feedback_kind,
        contact_channel,
        adviser_id,
        cast(date_trunc('month', {{ utc_to_local('answered_at', "'" ~ var('business_time_zone') ~ "'") }}) as date)
            as month,
        case
            when feedback_kind = 'csat' then {{ is_satisfied() }}
            when scale_min = 1 and scale_max = 7 and higher_is_better then score >= 5
            when scale_min = 1 and scale_max = 5 and not higher_is_better then score <= 2
        end as is_good
    from answers
    where answered_at is not null
)

select *
from judged
where is_good is not null
