-- grain: one row per contact with us on any channel, before anybody says what it was for (interaction_id)
--
-- The person is there already for visits and calls; the others carry an identifier of whoever it was:
-- a customer's number before an address, an address before a device.
{%- set orders = {
    'relation': ref('int_canonical__orders'), 'record_key': 'order_id', 'code': alias_key('order_status'),
    'occurred_at': 'ordered_at', 'identifiers': ['customer_id', 'visitor_id'],
} %}
{%- set sources = {
    'session': {
        'relation': 'visits', 'record_key': 'session_id', 'session_id': 'session_id', 'code': 'page_type',
        'reason_code': 'reason_code', 'journey_stage': 'journey_stage', 'contact_channel': 'contact_channel',
        'place': 'place', 'occurred_at': 'occurred_at', 'person_id': 'person_id',
    },
    'call': {
        'relation': 'calls', 'record_key': 'call_id', 'call_id': 'call_id', 'direction': 'direction',
        'code': 'coalesce(reason_code, queue)', 'reason_code': 'reason_code', 'contact_channel': "'phone'",
        'place': 'queue', 'occurred_at': 'started_at', 'person_id': 'person_id',
    },
    'contact': {
        'relation': ref('int_canonical__contacts'), 'record_key': 'contact_id', 'direction': 'direction',
        'code': alias_key('contact_type') ~ " || ':' || coalesce(subject_code, '')", 'reason_code': 'subject_code',
        'contact_channel': 'contact_channel', 'place': 'place', 'occurred_at': 'occurred_at',
        'identifiers': ['customer_id', 'email_hash', 'phone_hash', 'visitor_id'],
    },
    'order': orders,
    'payment': orders,
    'delivery': orders,
    'case': {
        'relation': ref('int_canonical__cases'), 'record_key': 'case_id',
        'code': alias_key('case_kind') ~ " || ':' || coalesce(reason_code, '')", 'reason_code': 'reason_code',
        'contact_channel': 'contact_channel', 'occurred_at': 'opened_at', 'identifiers': ['customer_id'],
    },
    'survey': {
        'relation': 'answers', 'record_key': "source_format || ':' || response_id", 'code': 'survey',
        'place': 'survey', 'occurred_at': 'answered_at', 'identifier_type': identifier_type('respondent_kind'),
        'identifier_value': 'respondent_key', 'person_id': 'person_id',
    },
    'post': {
        'relation': ref('int_canonical__social_posts'), 'record_key': "platform || ':' || post_id",
        'code': 'platform', 'place': 'platform', 'occurred_at': 'case when not is_deleted then posted_at end',
        'identifier_type': "'social_handle_hash'", 'identifier_value': 'author_hash',
    },
    'review': {
        'relation': ref('int_canonical__reviews'), 'record_key': "source_format || ':' || review_id",
        'code': 'platform', 'place': 'platform', 'occurred_at': 'created_at',
        'identifier_type': "case when customer_id is null then 'social_handle_hash' else 'customer_id' end",
        'identifier_value': 'coalesce(customer_id, author_hash)',
    },
} %}
{%- set absent = {'direction': "'inbound'"} %}
{%- set columns = [
    'record_key', 'session_id', 'call_id', 'direction', 'code', 'reason_code', 'journey_stage', 'contact_channel',
    'place', 'occurred_at', 'identifier_type', 'identifier_value', 'person_id',
] %}

with visits as (
    select
        entries.session_id,
        topics.page_type,
        topics.reason_code,
        topics.journey_stage,
        coalesce(platforms.contact_channel, 'web') as contact_channel,
        coalesce(entries.site, entries.app_id) as place,
        {{ timestamp_from_us('totals.first_event_us') }} as occurred_at,
        persons.person_id
    from {{ ref('int_journeys__session_entries') }} as entries
    inner join {{ ref('int_journeys__session_totals') }} as totals
        on entries.session_key = totals.session_key
    left join {{ ref('int_journeys__session_topics') }} as topics
        on entries.session_key = topics.session_key
    left join {{ ref('int_journeys__session_persons') }} as persons
        on entries.session_key = persons.session_key
    left join {{ ref('contact_channels') }} as platforms
        on {{ alias_key('entries.platform') }} = platforms.alias
    where not totals.is_bot
),

calls as (
    select
        calls.*,
        persons.person_id
    from {{ ref('int_canonical__calls') }} as calls
    left join {{ ref('int_journeys__call_persons') }} as persons
        on calls.call_id = persons.call_id
    where calls.direction <> 'internal'
),

-- A response to several questions is one contact.
answers as (
    select
        answers.source_format,
        answers.response_id,
        max(answers.survey) as survey,
        min(answers.answered_at) as answered_at,
        max(answers.respondent_kind) as respondent_kind,
        max(answers.respondent_key) as respondent_key,
        max(persons.person_id) as person_id
    from {{ ref('int_canonical__feedback_answers') }} as answers
    left join {{ ref('int_canonical__call_references') }} as call_references
        on case when answers.respondent_key is null then answers.source_call_id end = call_references.source_id
    left join {{ ref('int_journeys__call_persons') }} as persons
        on call_references.call_id = persons.call_id
    group by answers.source_format, answers.response_id
),

records as (
    {%- for source, given in sources.items() %}
        {%- if given.identifiers %}
            {%- set kinds = [] %}
            {%- for column in given.identifiers %}
                {%- do kinds.append('when ' ~ column ~ " is not null then '" ~ column ~ "'") %}
            {%- endfor %}
            {%- do given.update({
                'identifier_type': 'case ' ~ kinds | join(' ') ~ ' end',
                'identifier_value': 'coalesce(' ~ given.identifiers | join(', ') ~ ', null)',
            }) %}
        {%- endif %}
        select
            {%- for column in columns %}
                {{ given.get(column, absent.get(column, 'cast(null as varchar)')) }} as {{ column }},
            {%- endfor %}
            '{{ source }}' as source
        from {{ given.relation }}
        {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    {{ hash_key(['source', 'record_key']) }} as interaction_id,
    {{ (['source'] + columns[1:]) | join(',\n    ') }}
from records
where occurred_at is not null
