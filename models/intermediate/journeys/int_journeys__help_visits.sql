-- grain: one row per visit of a person and subject on which it read help (session_key, reason_code)
with read as (
    select
        pages.session_key,
        pages.reason_code,
        persons.person_id,
        min(pages.first_us) as read_us
    from {{ ref('int_journeys__session_pages') }} as pages
    inner join {{ ref('int_journeys__session_persons') }} as persons
        on pages.session_key = persons.session_key
    where pages.reason_code is not null and persons.person_id is not null
    group by pages.session_key, pages.reason_code, persons.person_id
),

contacts as (
    select
        interactions.person_id,
        interactions.reason_code,
        {{ epoch_us('interactions.occurred_at') }} as asked_us
    from {{ ref('int_journeys__interactions') }} as interactions
    inner join {{ ref('channel_kinds') }} as kinds
        on interactions.contact_channel = kinds.contact_channel
    where
        interactions.person_id is not null
        and interactions.direction = 'inbound'
        and interactions.source in ('call', 'contact', 'case')
        and kinds.kind <> 'online'
)

select
    read.session_key,
    read.reason_code,
    min(read.read_us) as read_us,
    min(case when read.reason_code = contacts.reason_code then contacts.asked_us end) as same_subject_us,
    min(case when contacts.reason_code is null then contacts.asked_us end) as unknown_subject_us
from read
left join contacts
    on
        read.person_id = contacts.person_id
        and read.read_us <= contacts.asked_us
        and read.read_us + {{ var('self_service_hours') }} * 3600000000 >= contacts.asked_us
group by read.session_key, read.reason_code
