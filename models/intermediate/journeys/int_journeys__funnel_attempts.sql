-- grain: one row per step of a funnel, with the attempt that it belongs to (event_hash, funnel)
--
-- An attempt ends with silence. It also ends with its completion: what follows still belongs to it,
-- until somebody begins the funnel anew. The windows carry integers only.
with followed as (
    select
        event_hash,
        funnel,
        owner_key,
        occurred_us,
        is_first_step,
        is_completion,
        lag(occurred_us) over (partition by owner_key order by occurred_us, event_hash, funnel) as last_us
    from {{ ref('int_journeys__funnel_events') }}
),

gaps as (
    select
        events.event_hash,
        events.funnel,
        events.owner_key,
        events.occurred_us,
        events.is_first_step,
        events.is_completion,
        case
            when events.occurred_us - events.last_us <= funnels.quiet_hours * 3600000000 then 0
            else 1
        end as is_after_silence
    from followed as events
    inner join {{ ref('funnels') }} as funnels
        on events.funnel = funnels.funnel
),

stretches as (
    select
        *,
        sum(is_after_silence) over (
            partition by owner_key order by occurred_us, event_hash, funnel
            rows between unbounded preceding and current row
        ) as stretch
    from gaps
),

completed as (
    select
        *,
        count(case when is_completion then 1 end) over (
            partition by owner_key, stretch order by occurred_us, event_hash, funnel
            rows between unbounded preceding and current row
        ) as completion_count
    from stretches
),

beginnings as (
    select
        *,
        case
            when is_after_silence = 1 then 1
            when
                is_first_step
                and completion_count > coalesce(max(case when is_first_step then completion_count end) over (
                    partition by owner_key, stretch order by occurred_us, event_hash, funnel
                    rows between unbounded preceding and 1 preceding
                ), 0)
                then 1
            else 0
        end as is_beginning
    from completed
)

select
    event_hash,
    funnel,
    owner_key,
    sum(is_beginning) over (
        partition by owner_key order by occurred_us, event_hash, funnel
        rows between unbounded preceding and current row
    ) as attempt_number
from beginnings
