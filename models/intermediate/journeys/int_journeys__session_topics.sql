-- grain: one row per session with a page that page_types knows: what the visit was for (session_key)
--
-- Of the pages seen the one that ranks first in page_types tells; of several products the one seen last.
select
    session_key,
    page_type,
    journey_stage,
    reason_code,
    product_id
from {{ ref('int_journeys__session_pages') }}
qualify
    row_number() over (
        partition by session_key order by page_rank asc, last_us desc, product_key asc
    ) = 1
