-- Links that name a visit of which consent doesn't allow it to be said.
select links.call_id
from {{ ref('fct_call_web_links') }} as links
inner join {{ ref('fct_sessions') }} as sessions
    on links.session_id = sessions.session_id
where not sessions.consent_navigation_linking
