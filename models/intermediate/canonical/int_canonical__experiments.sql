-- grain: one row per experiment, variant, subject_kind, subject_key
select
    experiment,
    variant,
    subject_kind,
    subject_key,
    assigned_at
from {{ ref('stg_crm__experiments') }}
where subject_key is not null
