-- A set of channels is one bigint and a state of the Markov chain counts to the base of 64.
select count(*) as channel_count
from {{ ref('int_attribution__channels') }}
having count(*) > 62
