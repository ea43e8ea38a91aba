-- grain: one row per experiment and variant, held against the other variants together (experiment, variant)
{%- set is_too_little
    = 'variant_count < 2 '
    ~ 'or least_subject_count < ' ~ var('experiment_minimum_subjects') ~ ' '
    ~ 'or all_conversion_count < ' ~ var('experiment_minimum_conversions') %}
with variants as (
    select
        experiment,
        variant,
        count(*) as subject_count,
        count(case when is_converted then 1 end) as conversion_count
    from {{ ref('int_journeys__experiment_subjects') }}
    group by experiment, variant
),

compared as (
    select
        *,
        sum(subject_count) over (partition by experiment) - subject_count as other_count,
        sum(conversion_count) over (partition by experiment) - conversion_count as other_conversion_count,
        sum(conversion_count) over (partition by experiment) as all_conversion_count,
        min(subject_count) over (partition by experiment) as least_subject_count,
        count(*) over (partition by experiment) as variant_count
    from variants
),

rated as (
    select
        *,
        {{ rate_with_bounds('own', 'conversion_count', 'subject_count') }},
        {{ rate_with_bounds('other', 'other_conversion_count', 'other_count') }}
    from compared
),

bounded as (
    select
        *,
        own_rate - other_rate as rate_difference,
        {{ newcombe_bound('own', 'other', -1) }} as difference_low,
        {{ newcombe_bound('own', 'other', 1) }} as difference_high
    from rated
)

select
    experiment,
    variant,
    subject_count,
    conversion_count,
    own_rate as conversion_rate,
    own_low as conversion_rate_low,
    own_high as conversion_rate_high,
    rate_difference,
    difference_low,
    difference_high,
    {{ difference_verdict('difference_low', 'difference_high', is_too_little) }} as verdict
from bounded
