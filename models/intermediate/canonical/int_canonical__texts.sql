-- grain: one row per text that somebody wrote or said (text_kind, record_id): in restricted, a view, never copied
--
-- Of a conversation the customer's part. An adviser's note is on the call, whichever leg it was written at.
{{ config(schema='restricted', materialized='view') }}

with answers as (
    select
        'flat' as source_format,
        response_id,
        question_id,
        told,
        cast(null as varchar) as language
    from {{ ref('stg_surveys__flat_texts') }}
    {% for format in ['qualtrics', 'typeform'] %}
        union all
        select
            questions.source_format,
            questions.response_id,
            questions.question_id,
            texts.told,
            questions.language
        from {{ ref('stg_surveys__' ~ format ~ '_texts') }} as texts
        inner join {{ ref('int_canonical__survey_answers') }} as questions
            on
                questions.source_format = '{{ format }}'
                and texts.response_id = questions.response_id
                and texts.question_id = questions.question_id
        where questions.is_feedback and questions.has_verbatim
    {% endfor %}
),

posts as (
    select * from {{ ref('stg_social__mastodon_texts') }}
    union all
    select * from {{ ref('stg_social__bluesky_texts') }}
),

transcripts as (
    select
        call_references.call_id,
        {{ join_texts('segments.told', ' ', 'segments.source_call_id, segments.segment_index') }} as told
    from {{ ref('stg_call_records__transcript_texts') }} as segments
    inner join {{ ref('int_canonical__call_references') }} as call_references
        on segments.source_call_id = call_references.source_id
    where segments.speaker = 'customer'
    group by call_references.call_id
),

notes as (
    select
        call_references.call_id,
        {{ join_texts('wrap_ups.told', ' ', 'wrap_ups.source_call_id') }} as told
    from {{ ref('stg_call_records__wrap_up_texts') }} as wrap_ups
    inner join {{ ref('int_canonical__call_references') }} as call_references
        on wrap_ups.source_call_id = call_references.source_id
    group by call_references.call_id
)

select
    'answer' as text_kind,
    {{ hash_key(["'surveys'", 'source_format', 'response_id', 'question_id']) }} as record_id,
    told,
    language
from answers
union all
select
    'review' as text_kind,
    {{ hash_key(["'social'", "'reviews'", 'texts.review_id', "''"]) }} as record_id,
    texts.told,
    reviews.language
from {{ ref('stg_social__review_texts') }} as texts
inner join {{ ref('int_canonical__reviews') }} as reviews
    on texts.review_id = reviews.review_id
union all
select
    'post' as text_kind,
    posts.post_id as record_id,
    posts.told,
    facts.language
from posts
inner join {{ ref('int_canonical__social_posts') }} as facts
    on posts.post_id = facts.post_id
where not facts.is_deleted
union all
select
    'transcript' as text_kind,
    transcripts.call_id as record_id,
    transcripts.told,
    languages.language
from transcripts
left join {{ ref('int_canonical__call_languages') }} as languages
    on transcripts.call_id = languages.call_id
union all
select
    'wrap_up' as text_kind,
    call_id as record_id,
    told,
    cast(null as varchar) as language
from notes
