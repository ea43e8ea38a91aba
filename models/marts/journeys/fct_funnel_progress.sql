-- grain: one row per attempt at a funnel by a person, else by a visitor (funnel, person_or_visitor_id, attempt)
select
    funnel,
    person_or_visitor_id,
    attempt,
    subject_kind,
    product_id,
    started_at,
    last_step_at,
    furthest_step,
    step_count,
    is_completed,
    completed_by,
    abandoned_at,
    last_session_id
from {{ ref('int_journeys__funnel_progress') }}
