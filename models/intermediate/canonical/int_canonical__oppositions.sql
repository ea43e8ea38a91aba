-- grain: one row per subject_kind, subject_key, opposition_list
select
    subject_kind,
    subject_key,
    opposition_list,
    effective_at,
    ends_at
from {{ ref('stg_crm__oppositions') }}
where subject_key is not null
