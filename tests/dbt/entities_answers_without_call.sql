-- Surveys whose calls are unknown for more than half of the answers that name one: the survey and
-- the switchboard speak of different ids.
{{ config(severity='warn') }}

select
    feedback.survey,
    count(*) as answer_count,
    count(call_references.call_id) as call_count
from {{ ref('int_voice_of_customer__feedback') }} as feedback
left join {{ ref('int_canonical__call_references') }} as call_references
    on feedback.source_call_id = call_references.source_id
where feedback.source_call_id is not null
group by feedback.survey
having count(call_references.call_id) * 2 < count(*)
