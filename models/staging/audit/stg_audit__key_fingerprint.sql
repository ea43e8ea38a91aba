-- grain: one row per key of the hashes, by what it is told by without being it (fingerprint)
select fingerprint
from {{ source('audit', 'key_fingerprint') }}
