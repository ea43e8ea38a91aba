-- grain: one row per analysed text, with who said it, when and where (text_kind, record_id)
with said as (
    select
        case when feedback.source_format = 'reviews' then 'review' else 'answer' end as text_kind,
        feedback.feedback_id as record_id,
        persons.person_id,
        call_references.call_id,
        feedback.given_at as said_at,
        feedback.journey_stage,
        feedback.contact_channel,
        feedback.product_id
    from {{ ref('int_voice_of_customer__feedback') }} as feedback
    left join {{ ref('int_voice_of_customer__feedback_persons') }} as persons
        on feedback.feedback_id = persons.feedback_id
    left join {{ ref('int_canonical__call_references') }} as call_references
        on feedback.source_call_id = call_references.source_id
    where feedback.has_verbatim
    union all
    select
        'post' as text_kind,
        posts.post_id as record_id,
        interactions.person_id,
        cast(null as varchar) as call_id,
        posts.posted_at as said_at,
        interactions.journey_stage,
        interactions.contact_channel,
        cast(null as varchar) as product_id
    from {{ ref('int_canonical__social_posts') }} as posts
    left join {{ ref('int_journeys__interactions') }} as interactions
        on {{ hash_key(["'post'", "posts.platform || ':' || posts.post_id"]) }} = interactions.interaction_id
    {% for text_kind in ['transcript', 'wrap_up'] %}
        union all
        select
            '{{ text_kind }}' as text_kind,
            call_id as record_id,
            person_id,
            call_id,
            occurred_at as said_at,
            journey_stage,
            contact_channel,
            cast(null as varchar) as product_id
        from {{ ref('int_journeys__interactions') }}
        where source = 'call'
    {% endfor %}
)

select
    said.text_kind,
    said.record_id,
    said.person_id,
    said.call_id,
    said.said_at,
    said.journey_stage,
    said.contact_channel,
    said.product_id,
    codes.method,
    codes.language,
    codes.theme,
    codes.sentiment,
    codes.balance,
    codes.emotion,
    codes.contact_reason,
    codes.irritant,
    codes.idea,
    codes.life_event,
    codes.switching_threat
from said
inner join {{ ref('int_voice_of_customer__text_codes') }} as codes
    on said.text_kind = codes.text_kind and said.record_id = codes.record_id
