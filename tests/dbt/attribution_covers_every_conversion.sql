-- Every sale has credit by all models, or a reason why it has none; no sale has both.
with credited as (
    select
        conversion_id,
        count(distinct model) as model_count
    from {{ ref('fct_attributed_conversions') }}
    group by conversion_id
),

models as (
    select count(*) as model_count
    from {{ ref('attribution_models') }}
)

select
    conversions.conversion_id,
    credited.model_count,
    unattributed.reason
from {{ ref('fct_conversions') }} as conversions
left join credited on conversions.conversion_id = credited.conversion_id
left join {{ ref('unattributed_conversions') }} as unattributed
    on conversions.conversion_id = unattributed.conversion_id
cross join models
where
    (credited.conversion_id is null) = (unattributed.conversion_id is null)
    or credited.model_count <> models.model_count
