-- grain: one row per list of reason codes that a lead carries (codes)
--
-- Codes travel, words stand in one seed: changed there, they change everywhere.
with lists as (
    select reasons as codes
    from {{ ref('int_e_rebond__scores') }}
    where reasons is not null
    union distinct
    select adviser_context as codes
    from {{ ref('int_e_rebond__target_ledger') }}
    where adviser_context is not null
)

select
    lists.codes,
    -- as the codes stand: the strongest reason first
    {{ join_texts(
        'rules.words', '; ', "position('|' || rules.reason_code || '|' in '|' || lists.codes || '|')"
    ) }} as words
from lists
inner join {{ ref('lead_score_rules') }} as rules
    on {{ has_token('lists.codes', 'rules.reason_code') }}
group by lists.codes
