-- The Markov chain's probability of a sale is the share of paths that ended in one.
with observed as (
    select sum(conversions) / sum(conversions + non_conversions) as rate
    from {{ ref('int_attribution__coalitions') }}
)

select
    effects.channel_number,
    effects.base_probability,
    observed.rate
from {{ ref('int_attribution__removal_effects') }} as effects
cross join observed
where abs(effects.base_probability - observed.rate) > 1e-9
