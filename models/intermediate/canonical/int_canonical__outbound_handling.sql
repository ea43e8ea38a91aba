-- grain: one row per direction of calls, ours: how long one takes, answered or not (direction)
--
-- Ringing, talking, holding and noting. Of few calls the mean says nothing: a setting counts until then.
with attempts as (
    select
        count(*) as call_count,
        sum({{ seconds_between('started_at', 'ended_at') }} + coalesce(wrap_seconds, 0)) as total_seconds
    from {{ ref('int_canonical__calls') }}
    where
        direction = 'outbound'
        and ended_at >= started_at
        and started_at >= {{ add_seconds(as_of(), '-86400 * ' ~ var('lead_signal_days')) }}
        and started_at < {{ as_of() }}
)

select
    'outbound' as direction,
    call_count,
    case
        when call_count >= {{ var('handling_minimum_calls') }}
            then greatest(total_seconds / cast(call_count as double), 1)
        else {{ var('outbound_handling_seconds') }}
    end as handling_seconds
from attempts
