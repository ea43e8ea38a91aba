-- grain: one row per call of which a transcript tells the caller's language (call_id)
with spoken as (
    select
        call_id,
        language,
        sum(coalesce(character_count, 0)) as character_count
    from {{ ref('int_canonical__transcript_segments') }}
    where speaker = 'customer' and language is not null and call_id is not null
    group by call_id, language
)

select
    call_id,
    language
from (
    select
        *,
        -- the language in which the caller said most
        row_number() over (partition by call_id order by character_count desc, language asc, call_id asc) as place
    from spoken
) as ranked
where place = 1
