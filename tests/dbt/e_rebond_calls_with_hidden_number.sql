-- Calls of ours on which the consumer saw no number (rule P12).
{{ config(severity='warn') }}
select call_id
from {{ ref('int_canonical__calls') }}
where direction = 'outbound' and caller_status = 'withheld'
