-- No audience that may leave has fewer members than anonymity_minimum, nor another size than it tells.
with members as (
    select
        audience_id,
        count(*) as found_count
    from {{ ref('audience_members') }}
    group by audience_id
)

select
    audiences.audience_id,
    audiences.member_count
from {{ ref('audiences') }} as audiences
left join members on audiences.audience_id = members.audience_id
where
    audiences.is_exportable <> (members.audience_id is not null)
    or coalesce(audiences.member_count, 0) <> coalesce(members.found_count, 0)
    or coalesce(members.found_count, {{ var('anonymity_minimum') }}) < {{ var('anonymity_minimum') }}
