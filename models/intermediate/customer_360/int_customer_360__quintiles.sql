-- grain: one row per measure and value that somebody has, with its quintile (measure, measured)
--
-- 1 is the worst fifth, 5 the best: 1 + the whole part of 5 x the share of people with a lower value.
-- Equal values are in one quintile, the lower one, so no order of rows decides; fifths may be uneven.
with measures as (
    {%- for measure, column in [
        ('recency', epoch_us('last_sale_at')), ('frequency', 'sale_count'), ('monetary', 'revenue_eur'),
        ('lifetime_value', 'lifetime_value_eur')
    ] %}
        select
            '{{ measure }}' as measure,
            cast({{ column }} as decimal(38, 4)) as measured
        from {{ ref('int_customer_360__person_values') }}
        where {{ column }} is not null
        {{ 'union all' if not loop.last }}
    {%- endfor %}
),

counted as (
    select
        measure,
        measured,
        count(*) as people
    from measures
    group by measure, measured
)

select
    measure,
    measured,
    cast(1 + 5 * (
        sum(people) over (
            partition by measure order by measured rows between unbounded preceding and current row
        ) - people
    ) // sum(people) over (partition by measure) as integer) as quintile
from counted
