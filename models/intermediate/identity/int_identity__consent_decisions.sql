-- grain: one row per visitor of whom the CRM knows a decision on navigation linking (visitor_id)
select
    subject_key as visitor_id,
    min(effective_at) as first_decided_at,
    max(case when status = 'withdrawn' then effective_at end) as last_withdrawn_at
from {{ ref('int_canonical__consents') }}
where purpose = 'navigation_linking' and subject_kind = 'visitor_id'
group by subject_key
