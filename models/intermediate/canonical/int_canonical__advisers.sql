-- grain: one row per adviser_id
{{ config(materialized='view') }}

select
    adviser_id,
    team,
    skills,
    languages,
    site
from {{ ref('stg_crm__advisers') }}
