-- grain: one row per delay class: calls so soon after a visit began, and so soon before one (delay_class)
--
-- Visits and calls that have nothing to do with each other come as often before as after each other.
-- What comes after visits beyond that, came of them.
with sides as (
    select
        {{ delay_class('started_us - last_visit_us') }} as delay_class,
        1 as is_after_visit
    from {{ ref('int_journeys__caller_visits') }}
    where last_visit_us is not null
    union all
    select
        {{ delay_class('next_visit_us - started_us') }} as delay_class,
        0 as is_after_visit
    from {{ ref('int_journeys__caller_visits') }}
    where next_visit_us is not null
),

counts as (
    select
        delay_class,
        sum(is_after_visit) as after_visit_count,
        sum(1 - is_after_visit) as before_visit_count
    from sides
    group by delay_class
),

overall as (
    select
        (
            greatest(sum(after_visit_count) - sum(before_visit_count), 0)
            + {{ var('identity_prior_calls') }} * {{ var('identity_prior_rate') }}
        ) / (sum(after_visit_count) + {{ var('identity_prior_calls') }} * 1.0) as caused_rate
    from counts
)

select
    counts.delay_class,
    counts.after_visit_count,
    counts.before_visit_count,
    -- few calls: nearer to what holds of all delays
    round(
        (
            greatest(counts.after_visit_count - counts.before_visit_count, 0)
            + {{ var('identity_prior_calls') }} * overall.caused_rate
        ) / (counts.after_visit_count + {{ var('identity_prior_calls') }} * 1.0),
        6
    ) as caused_rate
from counts
cross join overall
