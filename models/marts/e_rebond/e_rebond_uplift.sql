-- grain: one row per group of households drawn, called against control (dimension, item)
--
-- Intention to treat over households whose days are over; the interval is Newcombe's.
{%- set dimensions = ['trigger', 'segment', 'value_band', 'quarter'] %}
{%- set is_too_little
    = 'least(called_count, control_count) < ' ~ var('uplift_minimum_households') ~ ' '
    ~ 'or called_sale_count + control_sale_count < ' ~ var('uplift_minimum_sales') %}
with observed as (
    select *
    from {{ ref('int_e_rebond__trial_subjects') }}
    where is_observed
),

counted as (
    select
        'all' as dimension,
        'all' as item,
        count(case when not is_control then 1 end) as called_count,
        count(case when not is_control and is_sold then 1 end) as called_sale_count,
        count(case when is_control then 1 end) as control_count,
        count(case when is_control and is_sold then 1 end) as control_sale_count
    from observed
    having count(*) > 0
    {%- for dimension in dimensions %}
        union all
        select
            '{{ dimension }}' as dimension,
            cast({{ dimension }} as varchar) as item,
            count(case when not is_control then 1 end) as called_count,
            count(case when not is_control and is_sold then 1 end) as called_sale_count,
            count(case when is_control then 1 end) as control_count,
            count(case when is_control and is_sold then 1 end) as control_sale_count
        from observed
        group by {{ dimension }}
    {%- endfor %}
),

rated as (
    select
        *,
        {{ rate_with_bounds('called', 'called_sale_count', 'called_count') }},
        {{ rate_with_bounds('control', 'control_sale_count', 'control_count') }}
    from counted
),

bounded as (
    select
        *,
        called_rate - control_rate as uplift,
        {{ newcombe_bound('called', 'control', -1) }} as uplift_low,
        {{ newcombe_bound('called', 'control', 1) }} as uplift_high
    from rated
)

select
    dimension,
    item,
    called_count,
    called_sale_count,
    control_count,
    control_sale_count,
    called_rate,
    control_rate,
    uplift,
    uplift_low,
    uplift_high,
    uplift * called_count as extra_sales,
    {{ difference_verdict('uplift_low', 'uplift_high', is_too_little) }} as verdict
from bounded
