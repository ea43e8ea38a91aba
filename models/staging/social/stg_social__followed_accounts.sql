-- grain: one row per followed_hash: an account that somebody follows, and whether its name is of an excluded topic
with named as (
    select
        followed_hash,
        -- accents are folded; what is no letter or digit is one separator
        '_' || {{ regexp_replace_all(
            "translate(lower(followed), 'àâäçéèêëîïôöùûüÿ', 'aaaceeeeiioouuuy')", "'[^a-z0-9]+'", "'_'"
        ) }} || '_' as account_name
    from {{ source('social', 'follows') }}
)

select
    followed_hash,
    max(
        case
            when exists (
                select 1
                from {{ ref('excluded_topics') }} as topics
                where
                    topics.subject = 'account'
                    and position(
                        case when topics.match = 'word' then '_' || topics.pattern || '_' else topics.pattern end
                        in named.account_name
                    ) > 0
            ) then 1
            else 0
        end
    ) = 1 as is_excluded
from named
group by followed_hash
