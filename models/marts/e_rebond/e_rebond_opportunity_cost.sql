-- grain: one row per reason for not calling, trigger and product (reason, trigger, product_id)
with channels as (
    select
        candidate_id,
        max(case when channel = 'email' then 1 else 0 end) as has_email,
        max(case when channel = 'display' then 1 else 0 end) as has_display
    from {{ ref('int_e_rebond__audience_consents') }}
    group by candidate_id
)

select
    overflow.reason,
    candidates.trigger,
    coalesce(candidates.product_id, 'none') as product_id,
    count(*) as lead_count,
    cast(sum(overflow.expected_value_eur) as decimal(18, 4)) as lost_value_eur,
    cast(coalesce(sum(channels.has_email), 0) as bigint) as email_count,
    cast(coalesce(sum(channels.has_display), 0) as bigint) as display_count,
    count(*) - count(channels.candidate_id) as without_channel_count
from {{ ref('int_e_rebond__overflow') }} as overflow
inner join {{ ref('int_e_rebond__candidates') }} as candidates
    on overflow.candidate_id = candidates.candidate_id
left join channels on overflow.candidate_id = channels.candidate_id
group by overflow.reason, candidates.trigger, coalesce(candidates.product_id, 'none')
