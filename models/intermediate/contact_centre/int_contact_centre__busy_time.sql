-- grain: one row per month and channel: time of advisers with one contact at least (month, contact_channel)
--
-- Two chats at a time are busy once: the sum of their lengths over this is how many an adviser holds
-- at a time. Outbound calls occupy as inbound ones do.
with spans as (
    select
        interaction_id,
        contact_channel,
        {{ narrow_hash(['contact_channel', 'adviser_id']) }} as adviser_key,
        month,
        occurred_us + 1000000 * coalesce(case when contact_channel = 'phone' then wait_seconds end, 0) as from_us,
        ended_us as to_us
    from {{ ref('int_contact_centre__contacts') }}
    where adviser_id is not null and talk_seconds > 0 and (is_answered or direction = 'outbound')
),

-- what is later than all ends before it begins a new time
uncovered as (
    select
        month,
        contact_channel,
        to_us - from_us as span_us,
        greatest(0, to_us - greatest(from_us, coalesce(max(to_us) over (
            partition by adviser_key
            order by from_us, interaction_id
            rows between unbounded preceding and 1 preceding
        ), from_us))) as new_us
    from spans
    where to_us > from_us
)

select
    month,
    contact_channel,
    cast(sum(span_us) as bigint) / 1000000.0 as span_seconds,
    cast(sum(new_us) as bigint) / 1000000.0 as busy_seconds
from uncovered
group by month, contact_channel
