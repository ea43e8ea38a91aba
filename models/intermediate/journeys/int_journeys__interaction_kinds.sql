-- grain: one row per source and code of interactions that a rule of interaction_rules knows (source, code_key)
--
-- The rules run on distinct codes, not on interactions, and in lower case: switchboards write Sales
-- and SALES for one queue.
with codes as (
    select distinct
        source,
        coalesce(code, '') as code_key
    from {{ ref('int_journeys__interaction_records') }}
)

select
    codes.source,
    codes.code_key,
    rules.journey_stage,
    rules.contact_channel,
    rules.place,
    rules.owning_function
from codes
inner join {{ ref('interaction_rules') }} as rules
    on
        codes.source = rules.source
        and (
            rules.code_pattern is null
            or {{ regexp_matches('lower(codes.code_key)', 'rules.code_pattern') }}
        )
qualify row_number() over (partition by codes.source, codes.code_key order by rules.rank, codes.code_key) = 1
