-- grain: one row per person who was in touch, or visited, of late (person_id)
--
-- Codes only, of the person alone: nothing of relatives or friends, no text, no amount. Navigation is
-- here only where consent lets it be linked.
with recent as (
    select *
    from {{ ref('int_journeys__interactions') }}
    where
        person_id is not null
        and occurred_at <= {{ as_of() }}
        and occurred_at >= {{ add_seconds(as_of(), -86400 * var('screen_pop_days')) }}
),

people as (
    select
        person_id,
        count(case when source in ('call', 'contact', 'case') and direction = 'inbound' then 1 end) as contact_count
    from recent
    group by person_id
),

last_pages as (
    select
        recent.person_id,
        {{ timestamp_from_us('pages.last_us') }} as seen_at,
        pages.page_type,
        pages.product_id,
        pages.reason_code
    from recent
    inner join {{ ref('int_journeys__session_persons') }} as persons
        on recent.session_id = persons.session_id
    inner join {{ ref('int_journeys__session_pages') }} as pages
        on persons.session_key = pages.session_key
    qualify
        row_number() over (
            partition by recent.person_id
            order by pages.last_us desc, pages.page_rank asc, recent.session_id asc, pages.product_key asc
        ) = 1
),

last_contacts as (
    select
        person_id,
        occurred_at,
        contact_channel,
        reason_code,
        journey_stage
    from recent
    where source in ('call', 'contact', 'case') and direction = 'inbound'
    qualify row_number() over (partition by person_id order by occurred_at desc, interaction_id asc) = 1
),

-- Attempts that nobody finished, until the person bought the product.
open_attempts as (
    select
        progress.person_or_visitor_id as person_id,
        progress.funnel,
        progress.product_id,
        progress.furthest_step,
        progress.step_count,
        progress.last_step_at,
        progress.attempt
    from {{ ref('fct_funnel_progress') }} as progress
    left join {{ ref('int_journeys__conversions') }} as conversions
        on
            progress.person_or_visitor_id = conversions.person_id
            and progress.product_id = conversions.product_id
            and progress.started_at <= conversions.converted_at
    where
        progress.subject_kind = 'person'
        and not progress.is_completed
        and conversions.conversion_id is null
        and progress.last_step_at >= {{ add_seconds(as_of(), -86400 * var('screen_pop_days')) }}
),

open_quotes as (
    select
        person_id,
        count(distinct coalesce(product_id, 'none')) as open_quote_count
    from open_attempts
    group by person_id
),

last_attempts as (
    select *
    from open_attempts
    qualify
        row_number() over (
            partition by person_id order by last_step_at desc, attempt desc, funnel asc, product_id asc
        ) = 1
)

select
    people.person_id,
    last_pages.seen_at as last_page_at,
    last_pages.page_type as last_page_type,
    last_pages.product_id as last_page_product_id,
    last_pages.reason_code as last_page_reason_code,
    last_attempts.funnel as open_funnel,
    last_attempts.product_id as open_product_id,
    last_attempts.furthest_step,
    last_attempts.step_count,
    last_attempts.last_step_at,
    coalesce(open_quotes.open_quote_count, 0) as open_quote_count,
    last_contacts.occurred_at as last_contact_at,
    last_contacts.contact_channel as last_contact_channel,
    last_contacts.reason_code as last_contact_reason_code,
    last_contacts.journey_stage as last_contact_stage,
    people.contact_count
from people
left join last_pages on people.person_id = last_pages.person_id
left join last_contacts on people.person_id = last_contacts.person_id
left join last_attempts on people.person_id = last_attempts.person_id
left join open_quotes on people.person_id = open_quotes.person_id
