-- grain: one row per month and contact channel (month, contact_channel)
--
-- Counts and sums stand beside every rate: add those up first, then divide.
with availability as (
    select
        cast(date_trunc('month', {{ utc_to_local('half_hour_at', "'" ~ var('business_time_zone') ~ "'") }}) as date)
            as month,
        'phone' as contact_channel,
        cast(floor(sum(available_us) / 1000000.0) as bigint) as available_seconds
    from {{ ref('int_canonical__adviser_half_hours') }}
    where half_hour_at < {{ truncate_half_hour(as_of()) }}
    group by 1
),

-- the CRM knows sales of years before the first contact or visit: those months have no performance
observed as (
    select month from {{ ref('int_contact_centre__channel_contacts') }}
    union distinct
    select month from {{ ref('int_contact_centre__channel_results') }}
    where visit_count > 0
),

cells as (
    select
        month,
        contact_channel
    from {{ ref('int_contact_centre__channel_contacts') }}
    union distinct
    select
        results.month,
        results.contact_channel
    from {{ ref('int_contact_centre__channel_results') }} as results
    inner join observed
        on results.month = observed.month
),

parts as (
    select
        cells.month,
        cells.contact_channel,
        {% for name in [
            'offered', 'answered', 'abandoned', 'short_abandoned', 'threshold_known', 'answered_within_threshold',
            'abandoned_within_threshold', 'answered_wait_known', 'answered_wait_seconds', 'handling_known',
            'talk_seconds', 'hold_seconds', 'wrap_seconds', 'outbound', 'outbound_answered',
            'outbound_handling_seconds', 'reason_noted', 'transfer_known', 'transferred', 'resolution_judged',
            'resolved_first', 'resolved_unsure'
        ] -%}
            coalesce(contacts.{{ name }}, 0) as {{ name }},
        {% endfor -%}
        {% for name in [
            'visit_count', 'sale_count', 'revenue_eur', 'csat_count', 'csat_top_count', 'ces_count',
            'ces_easy_count', 'quality_score_count', 'quality_score_sum'
        ] -%}
            coalesce(results.{{ name }}, 0) as {{ name }},
        {% endfor -%}
        coalesce(availability.available_seconds, 0) as available_seconds,
        cast(coalesce(busy.span_seconds, 0) as bigint) as held_seconds,
        cast(coalesce(busy.busy_seconds, 0) as bigint) as busy_seconds
    from cells
    left join {{ ref('int_contact_centre__channel_contacts') }} as contacts
        on cells.month = contacts.month and cells.contact_channel = contacts.contact_channel
    left join {{ ref('int_contact_centre__channel_results') }} as results
        on cells.month = results.month and cells.contact_channel = results.contact_channel
    left join {{ ref('int_contact_centre__busy_time') }} as busy
        on cells.month = busy.month and cells.contact_channel = busy.contact_channel
    left join availability
        on cells.month = availability.month and cells.contact_channel = availability.contact_channel
)

select
    *,
    cast(answered as double) / nullif(offered, 0) as accessibility_rate,
    cast(abandoned - short_abandoned as double) / nullif(offered, 0) as abandonment_rate,
    case when threshold_known > 0 then cast(answered_within_threshold as double) / nullif(offered, 0) end
        as service_level_offered_rate,
    case
        when threshold_known > 0
            then cast(answered_within_threshold as double) / nullif(offered - abandoned_within_threshold, 0)
    end as service_level_kept_rate,
    case when threshold_known > 0 then cast(answered_within_threshold as double) / nullif(answered, 0) end
        as service_level_answered_rate,
    cast(answered_wait_seconds as double) / nullif(answered_wait_known, 0) as mean_answer_seconds,
    cast(talk_seconds + hold_seconds + wrap_seconds as double) / nullif(handling_known, 0) as mean_handling_seconds,
    cast(talk_seconds + hold_seconds + wrap_seconds + outbound_handling_seconds as double)
    / nullif(available_seconds, 0) as occupancy_rate,
    cast(held_seconds as double) / nullif(busy_seconds, 0) as concurrency,
    cast(transferred as double) / nullif(transfer_known, 0) as transfer_rate,
    cast(reason_noted as double) / nullif(answered, 0) as reason_noted_rate,
    cast(resolved_first as double) / nullif(resolution_judged, 0) as first_contact_resolution_rate,
    cast(resolved_first - resolved_unsure as double) / nullif(resolution_judged, 0)
        as lowest_first_contact_resolution_rate,
    cast(sale_count as double) / nullif(answered + outbound_answered + visit_count, 0) as conversion_rate,
    cast(csat_top_count as double) / nullif(csat_count, 0) as csat_rate,
    cast(ces_easy_count as double) / nullif(ces_count, 0) as ces_easy_rate,
    cast(quality_score_sum as double) / nullif(quality_score_count, 0) as mean_quality_score
from parts
