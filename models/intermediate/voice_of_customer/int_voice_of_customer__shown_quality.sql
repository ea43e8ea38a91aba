-- grain: one row per month, dimension and item whose calls' quality may be shown (month, dimension, item)
--
-- Enough different advisers were listened to, and as many or none in what isn't shown: else the smallest
-- item isn't shown either. The calls without an item are part of what isn't shown.
{%- set least = var('satisfaction_minimum_group') %}
{%- set dimensions = ['queue', 'team', 'reason_code'] %}
with listened as (
    {% for dimension in dimensions %}
        select
            month,
            '{{ dimension | replace('_code', '') }}' as dimension,
            {{ dimension }} as item,
            adviser_id
        from {{ ref('int_voice_of_customer__coded_calls') }}
        where quality_score is not null
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

items as (
    select
        month,
        dimension,
        item,
        item is not null and count(distinct adviser_id) >= {{ least }} as is_group,
        count(distinct adviser_id) as adviser_count
    from listened
    group by month, dimension, item
),

unshown as (
    select
        listened.month,
        listened.dimension,
        count(distinct listened.adviser_id) as adviser_count
    from listened
    inner join items
        on
            listened.month = items.month
            and listened.dimension = items.dimension
            and coalesce(listened.item, '') = coalesce(items.item, '')
    where not items.is_group
    group by listened.month, listened.dimension
),

ranked as (
    select
        month,
        dimension,
        item,
        row_number() over (partition by month, dimension order by adviser_count, item) as place
    from items
    where is_group
)

select
    ranked.month,
    ranked.dimension,
    ranked.item
from ranked
left join unshown
    on ranked.month = unshown.month and ranked.dimension = unshown.dimension
where
    unshown.month is null
    or unshown.adviser_count >= {{ least }}
    or ranked.place > 1
