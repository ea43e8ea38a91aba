-- grain: one row per sale with a touch: where its journey began, went on and ended (conversion_key)
--
-- Between the first and the last touch an adviser's channel comes before a visit, the latest first.
with touches as (
    select
        steps.conversion_key,
        steps.touch_key,
        steps.position,
        paths.touch_count,
        touches.contact_channel,
        kinds.kind
    from {{ ref('int_attribution__path_touches') }} as steps
    inner join {{ ref('int_attribution__paths') }} as paths
        on steps.path_key = paths.path_key
    inner join {{ ref('int_attribution__touches') }} as touches
        on steps.touch_key = touches.touch_key
    left join {{ ref('channel_kinds') }} as kinds
        on touches.contact_channel = kinds.contact_channel
    where steps.conversion_key is not null
),

between_touches as (
    select
        conversion_key,
        contact_channel
    from touches
    where position > 1 and position < touch_count
    qualify
        row_number() over (
            partition by conversion_key
            order by case when kind = 'assisted' then 0 else 1 end asc, position desc, touch_key asc
        ) = 1
)

select
    touches.conversion_key,
    max(case when touches.position = 1 then touches.contact_channel end) as first_channel,
    max(between_touches.contact_channel) as between_channel,
    max(case when touches.position = touches.touch_count then touches.contact_channel end) as last_channel,
    count(*) as touch_count,
    count(case when touches.kind = 'online' then 1 end) as web_touch_count,
    count(case when touches.contact_channel = 'phone' then 1 end) as phone_touch_count
from touches
left join between_touches on touches.conversion_key = between_touches.conversion_key
group by touches.conversion_key
