-- grain: one row per person and product with a sign that is still worth a call: the candidate that
-- the best sign makes (candidate_id)
--
-- A replay (replay_days) takes every sign of the last days at the moment when it was new.
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
from live
qualify
    row_number() over (
        partition by
            owner_id, coalesce(product_id, 'none'),
            case when is_replay then detected_at end
        order by weight desc, detected_at desc, signal_id asc
    ) = 1
