-- grain: one row per marketing channel that a touch came through (marketing_channel)
--
-- channel_number counts from 0: a set of channels is one bigint with a bit for each.
{{ config(materialized='table') }}

with channels as (
    select distinct marketing_channel
    from {{ ref('int_attribution__touches') }}
)

select
    marketing_channel,
    cast(row_number() over (order by marketing_channel) - 1 as integer) as channel_number,
    marketing_channel = 'Direct' as is_direct
from channels
