-- grain: one row per visitor and unbroken period in which a consent of the CRM to navigation
-- linking is in force (visitor_id, starts_at); renewals in time are one period
with consents as (
    select
        subject_key as visitor_id,
        status,
        effective_at,
        expires_at,
        lead(effective_at) over (
            partition by subject_key
            order by effective_at, status, consent_id
        ) as replaced_at
    from {{ ref('int_canonical__consents') }}
    where purpose = 'navigation_linking' and subject_kind = 'visitor_id'
),

granted as (
    select
        visitor_id,
        effective_at as starts_at,
        least(
            coalesce(expires_at, {{ never() }}),
            coalesce(replaced_at, {{ never() }})
        ) as ends_at
    from consents
    where status = 'granted'
),

marked as (
    select
        visitor_id,
        starts_at,
        ends_at,
        coalesce(
            starts_at > max(ends_at) over (
                partition by visitor_id
                order by starts_at
                rows between unbounded preceding and 1 preceding
            ),
            true
        ) as is_new_period
    from granted
    where starts_at < ends_at
),

numbered as (
    select
        *,
        sum(case when is_new_period then 1 else 0 end) over (
            partition by visitor_id
            order by starts_at
            rows between unbounded preceding and current row
        ) as period_number
    from marked
)

select
    visitor_id,
    min(starts_at) as starts_at,
    max(ends_at) as ends_at
from numbered
group by visitor_id, period_number
