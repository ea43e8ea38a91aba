-- grain: one row per candidate and call or attempt of ours that counts for it (candidate_id, attempt_id)
{%- set keys = ['phone_hash', 'customer_id', 'person_id'] %}
with hits as (
    {%- for key in keys %}
        select
            reach.candidate_id,
            attempts.attempt_id
        from {{ ref('int_e_rebond__attempts') }} as attempts
        inner join {{ ref('int_e_rebond__reach') }} as reach
            on reach.key_type = '{{ key }}' and attempts.{{ key }} = reach.key_value
        {{ 'union distinct' if not loop.last }}
    {%- endfor %}
)

select
    hits.candidate_id,
    attempts.attempt_id,
    attempts.attempted_at,
    cast({{ utc_to_local('attempts.attempted_at', 'candidates.consumer_time_zone') }} as date) as attempt_date,
    attempts.is_reached,
    attempts.is_refusal,
    attempts.is_open,
    attempts.evidence
from hits
inner join {{ ref('int_e_rebond__attempts') }} as attempts
    on hits.attempt_id = attempts.attempt_id
inner join {{ ref('int_e_rebond__candidates') }} as candidates
    on hits.candidate_id = candidates.candidate_id
where candidates.consumer_time_zone is not null
