-- grain: one row per visit that made a person's interest in a product plain (session_id, product_id)
--
-- Points of the visits of the last days are added up; the visit with which they reach the threshold
-- is the sign. Later visits change nothing until the points have fallen below it.
with views as (
    select
        persons.session_id,
        pages.session_key,
        persons.person_id,
        pages.product_id,
        max(pages.last_us) as last_us,
        sum(signs.points * least(pages.view_count, signs.max_per_visit)) as points
    from {{ ref('int_journeys__session_pages') }} as pages
    inner join {{ ref('int_journeys__session_persons') }} as persons
        on pages.session_key = persons.session_key
    inner join {{ ref('appetence_signs') }} as signs
        on signs.sign = 'page' and pages.page_type = signs.code
    where
        persons.person_id is not null
        and pages.product_id is not null
        and pages.last_us >= {{ epoch_us(signals_since()) }}
        and pages.last_us < {{ epoch_us(as_of()) }}
    group by persons.session_id, pages.session_key, persons.person_id, pages.product_id
),

banners as (
    select
        origins.session_key,
        signs.points
    from {{ ref('int_journeys__session_origins') }} as origins
    inner join {{ ref('int_journeys__traffic_channels') }} as channels
        on origins.traffic_key = channels.traffic_key
    inner join {{ ref('appetence_signs') }} as signs
        on signs.sign = 'channel' and channels.marketing_channel = signs.code
),

visits as (
    select
        views.session_id,
        views.person_id,
        views.product_id,
        views.last_us,
        views.points + coalesce(banners.points, 0) as points
    from views
    left join banners on views.session_key = banners.session_key
),

totals as (
    select
        visits.session_id,
        visits.person_id,
        visits.product_id,
        visits.last_us,
        visits.points,
        sum(others.points) as total_points,
        min(others.last_us) as first_us
    from visits
    inner join visits as others
        on
            visits.person_id = others.person_id
            and visits.product_id = others.product_id
            and visits.last_us >= others.last_us
            and visits.last_us - others.last_us <= {{ var('appetence_days') }} * 86400000000
    group by visits.session_id, visits.person_id, visits.product_id, visits.last_us, visits.points
)

select
    session_id,
    product_id,
    person_id,
    first_us,
    last_us,
    cast(total_points as bigint) as total_points
from totals
where
    total_points >= {{ var('appetence_points') }}
    and total_points - points < {{ var('appetence_points') }}
