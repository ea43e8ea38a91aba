-- Credits of a sale sum to one by each model, credited revenue to its revenue, within 1e-9 (of the
-- revenue, where that is above one euro).
with sums as (
    select
        conversion_id,
        model,
        sum(credit) as credit,
        sum(credited_revenue_eur) as revenue_eur
    from {{ ref('fct_attributed_conversions') }}
    group by conversion_id, model
)

select
    sums.conversion_id,
    sums.model,
    sums.credit,
    sums.revenue_eur
from sums
inner join {{ ref('fct_conversions') }} as conversions
    on sums.conversion_id = conversions.conversion_id
where
    abs(sums.credit - 1) > 1e-9
    or abs(coalesce(sums.revenue_eur, 0) - coalesce(conversions.revenue_eur, 0))
    > 1e-9 * greatest(1, abs(coalesce(conversions.revenue_eur, 0)))
