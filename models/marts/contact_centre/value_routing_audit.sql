-- grain: one row per month, channel and value band of the customer (month, contact_channel, value_band)
--
-- Is who brings more served first, and by the right skill? The interval is of the difference of two means
-- (Welch), at 95 %: all other bands of the month and channel are the comparison.
with bands as (
    select
        month,
        contact_channel,
        value_band,
        count(*) as offered,
        count(*) filter (where is_answered) as answered,
        count(*) filter (where is_abandoned) as abandoned,
        count(answer_seconds) as wait_known,
        cast(coalesce(sum(answer_seconds), 0) as bigint) as wait_seconds,
        cast(coalesce(sum(answer_seconds * answer_seconds), 0) as bigint) as wait_squares,
        count(is_right_skill) as skill_known,
        count(*) filter (where is_right_skill) as right_skill
    from {{ ref('int_contact_centre__valued_contacts') }}
    group by month, contact_channel, value_band
),

compared as (
    select
        *,
        sum(wait_known) over (partition by month, contact_channel) - wait_known as other_wait_known,
        sum(wait_seconds) over (partition by month, contact_channel) - wait_seconds as other_wait_seconds,
        sum(wait_squares) over (partition by month, contact_channel) - wait_squares as other_wait_squares
    from bands
),

means as (
    select
        *,
        cast(wait_seconds as double) / nullif(wait_known, 0) as mean_answer_seconds,
        cast(other_wait_seconds as double) / nullif(other_wait_known, 0) as other_mean_answer_seconds
    from compared
),

differences as (
    select
        *,
        mean_answer_seconds - other_mean_answer_seconds as difference,
        1.959963984540054 * sqrt(
            greatest(0, wait_squares - wait_known * mean_answer_seconds * mean_answer_seconds)
            / nullif(wait_known - 1, 0) / nullif(wait_known, 0)
            + greatest(
                0, other_wait_squares - other_wait_known * other_mean_answer_seconds * other_mean_answer_seconds
            ) / nullif(other_wait_known - 1, 0) / nullif(other_wait_known, 0)
        ) as margin
    from means
)

select
    month,
    contact_channel,
    value_band,
    offered,
    answered,
    abandoned,
    wait_known,
    wait_seconds,
    skill_known,
    right_skill,
    cast(answered as double) / nullif(offered, 0) as accessibility_rate,
    mean_answer_seconds,
    other_mean_answer_seconds,
    round(difference - margin, 6) as difference_low_seconds,
    round(difference + margin, 6) as difference_high_seconds,
    cast(right_skill as double) / nullif(skill_known, 0) as right_skill_rate,
    case
        when wait_known = 0 then 'unknown'
        when least(wait_known, other_wait_known) < {{ var('routing_minimum_contacts') }} then 'too_little_data'
        when difference + margin < 0 then 'served_first'
        when difference - margin > 0 then 'served_later'
        else 'no_difference'
    end as verdict
from differences
