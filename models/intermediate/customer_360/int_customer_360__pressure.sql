-- grain: one row per person whom we approached within 90 days (person_id)
--
-- Attempts, reached or not: the law of calls counts them so. Weights and the most that a month bears
-- are the seed's.
with attempts as (
    select
        person_id,
        'phone' as contact_channel,
        attempted_at
    from {{ ref('int_e_rebond__attempts') }}
    where person_id is not null
    union all
    select
        person_id,
        contact_channel,
        occurred_at as attempted_at
    from {{ ref('int_journeys__interactions') }}
    where
        source = 'contact' and direction = 'outbound' and person_id is not null
        and coalesce(contact_channel, '') <> 'phone'
),

weighed as (
    select
        attempts.person_id,
        coalesce(channels.contact_channel, 'other') as contact_channel,
        coalesce(channels.weight, others.weight) as weight,
        {{ seconds_between('attempts.attempted_at', as_of()) }} as age_seconds
    from attempts
    inner join {{ ref('pressure_channels') }} as others
        on others.contact_channel = 'other'
    left join {{ ref('pressure_channels') }} as channels
        on attempts.contact_channel = channels.contact_channel
    where attempts.attempted_at <= {{ as_of() }}
)

select
    person_id,
    {%- for channel in ['phone', 'email', 'sms', 'other'] %}
        {%- for days in [7, 30, 90] %}
            count(case when contact_channel = '{{ channel }}' and age_seconds < {{ days * 86400 }} then 1 end)
                as {{ channel }}_attempt_count_{{ days }}d,
        {%- endfor %}
    {%- endfor %}
    {%- for days in [7, 30, 90] %}
        count(case when age_seconds < {{ days * 86400 }} then 1 end) as attempt_count_{{ days }}d,
    {%- endfor %}
    coalesce(sum(case when age_seconds < {{ 30 * 86400 }} then cast(weight as decimal(9, 2)) end), 0) as pressure_points
from weighed
where age_seconds < {{ 90 * 86400 }}
group by person_id
