-- one row per identifier of the truth that is one person's and may be linked (identifier_type, identifier_value)
with listed as (
    select
        truth.true_person_id,
        case truth.identifier_type
            when 'email' then 'email_hash'
            when 'phone' then 'phone_hash'
            when 'social_handle' then 'social_handle_hash'
            else truth.identifier_type
        end as identifier_type,
        coalesce(hashes.hash, truth.identifier_value) as identifier_value
    from truth_identifiers as truth
    left join restricted.identifier_values as hashes
        on
            lower(trim(truth.identifier_value)) = hashes.normalised
            and hashes.hash is not null
            and hashes.kind = case truth.identifier_type
                when 'login_id' then 'login'
                when 'social_handle' then 'handle'
                else truth.identifier_type
            end
    where truth.is_shared = 'false' and truth.consented = 'true'
)

select distinct
    listed.identifier_type,
    listed.identifier_value,
    listed.true_person_id as true_label,
    first_value(members.person_id) over (
        partition by listed.identifier_type, listed.identifier_value
        order by members.valid_from, members.person_id
    ) as found_label
from listed
left join intermediate.int_identity__members as members using (identifier_type, identifier_value)
