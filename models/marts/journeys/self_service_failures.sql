-- grain: one row per subject of help pages and month (reason_code, month)
--
-- A failure is sure where the contact's subject is known. Contacts without a subject may be failures
-- too: with them the rate has an upper bound.
select
    reason_code,
    cast(date_trunc('month', {{ timestamp_from_us('read_us') }}) as date) as month,
    count(*) as help_visit_count,
    count(same_subject_us) as failed_count,
    count(case when same_subject_us is null then unknown_subject_us end) as maybe_failed_count,
    cast(count(same_subject_us) as double) / count(*) as failure_rate,
    cast(count(coalesce(same_subject_us, unknown_subject_us)) as double) / count(*) as highest_failure_rate,
    percentile_cont(0.5) within group (order by (same_subject_us - read_us) / 1000000.0) as median_seconds_to_contact
from {{ ref('int_journeys__help_visits') }}
group by reason_code, cast(date_trunc('month', {{ timestamp_from_us('read_us') }}) as date)
