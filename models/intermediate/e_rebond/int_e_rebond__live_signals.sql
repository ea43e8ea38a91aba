-- grain: one row per person and product with a sign that is still worth a call: the candidate that
-- the best sign makes (candidate_id)
--
-- A sign whose J and J+1 are over gives way to a lighter one that can still be called: by the calendar
-- of the country in which we sell, as the zone is the candidate's, not the sign's.
-- A replay (replay_days) takes every sign of the last days at the moment when it was new.
{%- set zone = "'" ~ var('business_time_zone') ~ "'" %}

with timed as (
    select
        signals.*,
        triggers.weight,
        {{ 'true' if var('replay_days') else 'false' }} as is_replay,
        {{ add_seconds('signals.detected_at', 'triggers.settle_hours * 3600') }} as settled_at,
        greatest(
            {{ add_seconds('signals.detected_at', 'triggers.lifetime_hours * 3600') }},
            coalesce(
                {{ add_seconds('signals.requested_at', '60 * ' ~ var('agreed_call_minutes')) }},
                signals.detected_at
            )
        ) as expires_at,
        coalesce(signals.person_id, signals.phone_hash, signals.visitor_id) as owner_id
    from {{ ref('int_e_rebond__signals') }} as signals
    inner join {{ ref('e_rebond_triggers') }} as triggers
        on signals.trigger = triggers.trigger
),

live as (
    select
        *,
        {% if var('replay_days') %}
            settled_at as evaluated_at
        {% else %}
            {{ as_of() }} as evaluated_at
        {% endif %}
    from timed
    where
        settled_at <= {{ as_of() }}
        {% if var('replay_days') %}
            and settled_at >= {{ add_seconds(as_of(), -86400 * var('replay_days')) }}
        {% else %}
            and expires_at > {{ as_of() }}
        {% endif %}
),

calling_days as (
    select
        days.date_day,
        days.days_before
    from {{ ref('int_e_rebond__calling_days') }} as days
    inner join {{ ref('calling_countries') }} as countries
        on days.country = countries.country and days.zone = countries.zone
    where countries.alias = '{{ var("default_country") }}'
),

aged as (
    select
        live.*,
        live.requested_at is not null or today.days_before <= starts.days_before + 1 as is_within_days
    from live
    left join calling_days as starts
        on cast({{ utc_to_local('live.detected_at', zone) }} as date) = starts.date_day
    left join calling_days as today
        on cast({{ utc_to_local('live.evaluated_at', zone) }} as date) = today.date_day
)

select
    signal_id as candidate_id,
    person_id,
    visitor_id,
    customer_id,
    phone_hash,
    product_id,
    trigger,
    weight,
    funnel,
    furthest_step,
    step_count,
    started_at,
    detected_at,
    expires_at,
    requested_at,
    evaluated_at,
    language,
    evidence
from aged
qualify
    row_number() over (
        partition by
            owner_id, coalesce(product_id, 'none'),
            case when is_replay then detected_at end
        order by coalesce(is_within_days, false) desc, weight desc, detected_at desc, signal_id asc
    ) = 1
