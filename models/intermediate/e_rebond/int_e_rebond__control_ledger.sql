-- grain: one row per household that was ever eligible in a quarter: called or kept as control (quarter, household_key)
--
-- A household is drawn once a quarter, when it is first eligible, before anybody asks whether there
-- is room to call it. Its stratum is its best candidate's. Within a stratum households are ordered
-- by a hash of household, quarter and the key's fingerprint, and so many in a thousand of the places
-- are control; where it starts is a hash too. So each stratum has its share of control at any moment,
-- and nobody can choose who is in it. A full refresh keeps the ledger: who was called stays called.
-- Draws older than the target ledger's leads go with them.
{{ config(
    materialized='incremental', schema='restricted', alias='control_ledger', full_refresh=false,
    unique_key=['quarter', 'household_key'], incremental_strategy='delete+insert', post_hook=[
        "{{ forget_older('assigned_at', var('lead_ledger_days')) }}"
    ]
) }}
{%- set today = utc_to_local(as_of(), "'" ~ var('business_time_zone') ~ "'") %}
{%- set per_mille = (var('control_share') * 1000) | round | int %}
with best as (
    select
        candidates.household_key,
        candidates.candidate_id,
        candidates.person_id,
        candidates.trigger,
        case when candidates.is_customer then 'customer' else 'prospect' end as segment,
        case
            when scores.expected_value_eur >= {{ var('value_band_high_from') }} then 'high'
            when scores.expected_value_eur >= {{ var('value_band_medium_from') }} then 'medium'
            else 'low'
        end as value_band,
        cast(date_trunc('quarter', {{ today }}) as date) as quarter
    from {{ ref('int_e_rebond__candidates') }} as candidates
    inner join {{ ref('int_e_rebond__eligibility') }} as eligibility
        on candidates.candidate_id = eligibility.candidate_id
    inner join {{ ref('int_e_rebond__scores') }} as scores
        on candidates.candidate_id = scores.candidate_id
    inner join {{ ref('e_rebond_triggers') }} as triggers
        on candidates.trigger = triggers.trigger
    -- who asked to be called is called
    where eligibility.is_eligible and not triggers.is_request
    qualify
        row_number() over (
            partition by candidates.household_key
            order by scores.expected_value_eur desc, candidates.candidate_id asc
        ) = 1
),

hash_keys as (
    select max(fingerprint) as fingerprint
    from {{ ref('int_canonical__hash_key') }}
),

known as (
    {% if is_incremental() %}
        select
            quarter,
            household_key,
            trigger,
            value_band,
            segment
        from {{ this }}
    {% else %}
        select
            quarter,
            household_key,
            trigger,
            value_band,
            segment
        from best
        where 1 = 0
    {% endif %}
),

drawn_before as (
    select
        quarter,
        trigger,
        value_band,
        segment,
        count(*) as household_count
    from known
    group by quarter, trigger, value_band, segment
),

numbered as (
    select
        best.*,
        coalesce(drawn_before.household_count, 0) + row_number() over (
            partition by best.quarter, best.trigger, best.value_band, best.segment
            order by {{ hash_key(['best.household_key', 'best.quarter', 'hash_keys.fingerprint']) }}, best.household_key
        ) as place,
        {{ key_bits(hash_key([
            'best.trigger', 'best.value_band', 'best.segment', 'best.quarter', 'hash_keys.fingerprint'
        ])) }} % 1000 as first_place
    from best
    inner join hash_keys on 1 = 1
    left join known
        on best.quarter = known.quarter and best.household_key = known.household_key
    left join drawn_before
        on
            best.quarter = drawn_before.quarter
            and best.trigger = drawn_before.trigger
            and best.value_band = drawn_before.value_band
            and best.segment = drawn_before.segment
    where known.household_key is null
)

select
    quarter,
    household_key,
    candidate_id,
    person_id,
    trigger,
    value_band,
    segment,
    -- counts up by one each time that the share of the places so far passes a whole number
    floor((place * {{ per_mille }} + first_place) / 1000.0)
    > floor(((place - 1) * {{ per_mille }} + first_place) / 1000.0) as is_control,
    {{ as_of() }} as assigned_at
from numbered
