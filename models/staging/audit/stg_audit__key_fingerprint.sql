-- grain: one row: what the key of the hashes is told by, without being it (fingerprint)
select fingerprint
from {{ source('audit', 'key_fingerprint') }}
