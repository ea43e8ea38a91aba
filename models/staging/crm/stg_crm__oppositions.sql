-- grain: one row per subject_kind, subject_key, opposition_list
--
-- A list may give someone's registrations one by one. What protects is not weighed against each other:
-- those of the newest export count from the first one's start to the last one's end.
{% set key = ['subject_kind', 'coalesce(subject_hash, subject)', 'list'] %}
{% set registrations = 'partition by ' ~ key | join(', ') ~ ', _exported_at' %}
select
    subject_kind,
    {{ subject_key('subject') }} as subject_key,
    subject_status,
    list as opposition_list,
    case when since_ever = 0 then first_since end as effective_at,
    case when until_ever = 0 then last_until end as ends_at,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from (
    select
        *,
        row_number() over (
            partition by {{ key | join(', ') }}
            order by _exported_at desc nulls last, _file_id asc, _line asc
        ) as place,
        min(since) over ({{ registrations }}) as first_since,
        max(until) over ({{ registrations }}) as last_until,
        max(case when since is null then 1 else 0 end) over ({{ registrations }}) as since_ever,
        max(case when until is null then 1 else 0 end) over ({{ registrations }}) as until_ever
    from {{ rows_in_force(source('crm', 'oppositions')) }} as listed
) as placed
where place = 1
