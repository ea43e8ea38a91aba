-- grain: one row per complaint that wants an answer (alert_id)
--
-- Gestures are promised in the order of complaints, until the owner's budget of the month is spent.
{%- set local_raised_at = utc_to_local('grievances.raised_at', "'" ~ var('business_time_zone') ~ "'") %}
with treated as (
    select
        grievances.*,
        treatments.premium_eur,
        treatments.value_segment,
        treatments.action,
        treatments.owner,
        treatments.due_at,
        treatments.gesture,
        treatments.gesture_eur,
        budgets.budget_eur,
        sum(treatments.gesture_eur) over (
            partition by treatments.owner, cast(date_trunc('month', {{ local_raised_at }}) as date)
            order by grievances.raised_at asc, grievances.grievance_id asc
            rows between unbounded preceding and current row
        ) as promised_eur
    from {{ ref('int_voice_of_customer__grievances') }} as grievances
    inner join {{ ref('int_voice_of_customer__alert_treatments') }} as treatments
        on grievances.grievance_id = treatments.grievance_id
    left join {{ ref('gesture_budgets') }} as budgets
        on
            treatments.owner = budgets.owner
            and cast(date_trunc('month', {{ local_raised_at }}) as date) >= budgets.valid_from
            and (
                budgets.valid_to is null
                or cast(date_trunc('month', {{ local_raised_at }}) as date) < budgets.valid_to
            )
),

answered as (
    select
        treated.*,
        coalesce(treated.gesture_eur > 0 and treated.promised_eur <= treated.budget_eur, false) as is_in_budget,
        answers.closed_at,
        answers.closed_by
    from treated
    left join {{ ref('int_voice_of_customer__alert_answers') }} as answers
        on treated.grievance_id = answers.grievance_id and answers.closed_at <= {{ as_of() }}
)

select
    grievance_id as alert_id,
    source,
    person_id,
    raised_at,
    journey_stage,
    contact_channel,
    product_id,
    reason,
    emotion,
    is_leaving,
    value_segment,
    cast(premium_eur as decimal(18, 4)) as premium_eur,
    action,
    owner,
    case when is_in_budget then gesture end as gesture,
    cast(case when is_in_budget then gesture_eur else 0 end as decimal(18, 4)) as gesture_eur,
    due_at,
    case
        when closed_at <= due_at then 'closed'
        when closed_at is not null then 'closed_late'
        when due_at < {{ as_of() }} then 'overdue'
        else 'open'
    end as status,
    closed_at,
    closed_by
from answered
