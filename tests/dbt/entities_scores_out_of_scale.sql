-- Answers outside the scale that came with them: kept without score, and worth a word with the
-- survey's owner.
{{ config(severity='warn') }}

select
    source_format,
    survey,
    kind,
    count(*) as row_count
from {{ ref('fct_feedback') }}
where score_status = 'out_of_scale'
group by source_format, survey, kind
