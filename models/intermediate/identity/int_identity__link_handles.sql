-- grain: one row per social account of a person (account_hash)
with handles as (
    select
        identifier_value as handle_hash,
        person_id
    from {{ ref('int_identity__members') }}
    where
        identifier_type = 'social_handle_hash'
        and valid_from <= {{ as_of() }}
        and (valid_to is null or valid_to > {{ as_of() }})
),

accounts as (
    select
        handle_hash as account_hash,
        person_id
    from handles
    union all
    -- Bluesky's follows and answers know an account by its lasting id
    select
        accounts.author_hash as account_hash,
        handles.person_id
    from {{ ref('int_canonical__social_accounts') }} as accounts
    inner join handles on accounts.handle_hash = handles.handle_hash
    where accounts.author_hash <> accounts.handle_hash
)

select
    account_hash,
    min(person_id) as person_id
from accounts
group by account_hash
-- an account that two hold for theirs is nobody's
having min(person_id) = max(person_id)
