-- grain: one row per candidate and window that days and hours allow, in J and J+1 (candidate_id, window_start_at)
--
-- A candidate without any has a second of now instead, so that rules can still be judged: not callable.
-- J is the first calling day from the day of the sign on, in the consumer's zone. Where a time was
-- agreed on, that is the only window, on any day and at any hour, if the law of that day says so.
with local as (
    select
        candidate_id,
        country,
        zone,
        consumer_time_zone,
        evaluated_at,
        expires_at,
        requested_at,
        cast({{ utc_to_local('detected_at', 'consumer_time_zone') }} as date) as detected_date,
        cast({{ utc_to_local('requested_at', 'consumer_time_zone') }} as date) as requested_date
    from {{ ref('int_e_rebond__candidates') }}
    where zone is not null
),

agreed as (
    select
        local.candidate_id,
        min(local.requested_at) as requested_at,
        min(local.requested_date) as call_date
    from local
    inner join {{ ref('contact_rules') }} as rules
        on
            local.country = rules.country
            and rules.rule = 'agreed_time'
            and {{ in_force('rules', 'local.requested_date') }}
    group by local.candidate_id
),

days as (
    select
        local.candidate_id,
        local.country,
        local.consumer_time_zone,
        targets.date_day as call_date,
        targets.days_before - starts.days_before as day_rank
    from local
    left join agreed on local.candidate_id = agreed.candidate_id
    inner join {{ ref('int_e_rebond__calling_days') }} as starts
        on local.country = starts.country and local.zone = starts.zone and local.detected_date = starts.date_day
    inner join {{ ref('int_e_rebond__calling_days') }} as targets
        on
            local.country = targets.country
            and local.zone = targets.zone
            and targets.is_calling_day
            and targets.days_before in (starts.days_before, starts.days_before + 1)
    where agreed.candidate_id is null
),

windows as (
    select
        days.candidate_id,
        days.call_date,
        days.day_rank,
        {{ local_to_utc(clock_time('days.call_date', 'hours.opens_at'), 'days.consumer_time_zone') }} as starts_at,
        {{ local_to_utc(clock_time('days.call_date', 'hours.closes_at'), 'days.consumer_time_zone') }} as ends_at
    from days
    inner join {{ ref('contact_rules') }} as hours
        on
            days.country = hours.country
            and hours.rule = 'hours'
            and {{ in_force('hours', 'days.call_date') }}
    union all
    select
        candidate_id,
        call_date,
        0 as day_rank,
        requested_at,
        {{ add_seconds('requested_at', '60 * ' ~ var('agreed_call_minutes')) }}
    from agreed
),

callable as (
    select
        windows.candidate_id,
        greatest(windows.starts_at, local.evaluated_at) as window_start_at,
        least(windows.ends_at, local.expires_at) as window_end_at,
        windows.call_date,
        cast(windows.day_rank as integer) as day_rank
    from windows
    inner join local on windows.candidate_id = local.candidate_id
    where least(windows.ends_at, local.expires_at) > greatest(windows.starts_at, local.evaluated_at)
)

select
    candidate_id,
    window_start_at,
    window_end_at,
    call_date,
    day_rank,
    true as is_callable
from callable
union all
select
    candidates.candidate_id,
    candidates.evaluated_at,
    {{ add_seconds('candidates.evaluated_at', 1) }},
    cast(null as date) as call_date,
    cast(null as integer) as day_rank,
    false as is_callable
from {{ ref('int_e_rebond__candidates') }} as candidates
left join callable on candidates.candidate_id = callable.candidate_id
where callable.candidate_id is null
