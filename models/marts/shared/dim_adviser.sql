-- grain: one row per adviser_id
select
    adviser_id,
    team,
    skills,
    languages,
    site
from {{ ref('int_canonical__advisers') }}
