-- grain: one row per question_key: a question of a tool that delivers no kind of its own
{% set formats = ['qualtrics', 'typeform'] %}
with asked as (
    {% for format in formats %}
        select distinct
            '{{ format }}' as source_format,
            question_key,
            question_id,
            question_ref,
            question_type,
            question,
            scale_min,
            scale_max
        from {{ ref('stg_surveys__' ~ format) }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

-- Typeform's API gives answers without their questions; fields keep their id in every response.
fields as (
    select
        question_id,
        max(question) as question,
        max(scale_min) as scale_min,
        max(scale_max) as scale_max
    from asked
    where source_format = 'typeform'
    group by question_id
),

known as (
    select
        asked.question_key,
        asked.question_id,
        asked.question_ref,
        asked.question_type,
        max(coalesce(asked.question, fields.question)) as question,
        max(fields.scale_min) as scale_min,
        max(fields.scale_max) as scale_max
    from asked
    left join fields
        on
            case when asked.source_format = 'typeform' then asked.question_id end = fields.question_id
    group by asked.question_key, asked.question_id, asked.question_ref, asked.question_type
),

ranked as (
    select
        known.question_key,
        known.question,
        rules.feedback_kind,
        -- The form's own scale comes before the rule's.
        case when known.scale_max is not null then known.scale_min else rules.scale_min end as scale_min,
        coalesce(known.scale_max, rules.scale_max) as scale_max,
        rules.higher_is_better,
        row_number() over (partition by known.question_key order by rules.rank, known.question_key) as place
    from known
    left join {{ ref('survey_question_rules') }} as rules
        on
            (
                rules.question_type_pattern is null
                or {{ regexp_matches('lower(known.question_type)', 'rules.question_type_pattern') }}
            )
            and (
                rules.question_id_pattern is null
                or {{ regexp_matches('lower(known.question_id)', 'rules.question_id_pattern') }}
                or {{ regexp_matches('lower(known.question_ref)', 'rules.question_id_pattern') }}
            )
            and (
                rules.question_pattern is null
                or {{ regexp_matches('lower(known.question)', 'rules.question_pattern') }}
            )
)

select
    question_key,
    question,
    coalesce(feedback_kind, 'unknown') as feedback_kind,
    scale_min,
    scale_max,
    higher_is_better
from ranked
where place = 1
