-- $1: campaign_id
select 'campaign' as role, 'crm/campaigns' as source, row_id
from staging.stg_crm__campaigns
where campaign_id = $1
