-- grain: one row per candidate, with what a call to it is worth (candidate_id)
{{ config(materialized='view') }}

select
    probabilities.candidate_id,
    probabilities.sale_probability,
    cast(probabilities.sale_probability * sale_values.value_eur as decimal(18, 4)) as expected_value_eur,
    probabilities.reasons,
    probabilities.model_version
from {{ ref('int_e_rebond__probabilities') }} as probabilities
inner join {{ ref('int_e_rebond__candidates') }} as candidates
    on probabilities.candidate_id = candidates.candidate_id
inner join {{ ref('int_e_rebond__sale_values') }} as sale_values
    on coalesce(candidates.product_id, 'none') = sale_values.product_id
