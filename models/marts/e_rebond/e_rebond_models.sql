-- grain: one row per version of the score, measure and item (model_version, measure, item)
select
    model_version,
    measure,
    item,
    measured_value,
    lead_count,
    measured_at
from {{ ref('int_e_rebond__model_ledger') }}
