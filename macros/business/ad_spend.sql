{#
    What a row of an advertising platform's report is a row of. The same spend is in the campaign,
    the ad group and the keyword report: only rows of one level may be added up.

    Reports name their own object `id` (Fivetran) or all of them (the platforms' APIs): an `id`
    beside a campaign or an ad group's resource name is an ad group's.
#}
{% macro google_ads_level() -%}
    case
        when criterion_id is not null then 'keyword'
        when ad_id is not null then 'ad'
        when ad_group_id is not null then 'ad_group'
        when id is not null and (campaign_id is not null or ad_group_resource is not null)
            then 'ad_group'
        when
            coalesce(campaign_id, id, campaign_name) is not null
            or resource_name like '%/campaigns/%'
            then 'campaign'
        else 'account'
    end
{%- endmacro %}

{# The account of a Google Ads row: written with or without dashes, or in a resource name. #}
{% macro google_ads_account() -%}
    coalesce(
        replace(customer_id, '-', ''),
        {{ regexp_group("resource_name", "'^customers/([0-9]+)'") }},
        'unknown'
    )
{%- endmacro %}

{% macro meta_level() -%}
    case
        when ad_id is not null then 'ad'
        when adset_id is not null then 'ad_set'
        when coalesce(campaign_id, campaign_name) is not null then 'campaign'
        else 'account'
    end
{%- endmacro %}

{# The account of a Meta row; the API writes it with act_ before it or without. #}
{% macro meta_account() -%}
    coalesce({{ regexp_group("account_id", "'([0-9]+)$'") }}, account_id, 'unknown')
{%- endmacro %}

{# The columns of a list that a report of one level fills in any of its rows, as text: how it is
   broken down. #}
{% macro filled_columns(columns) -%}
    trim(
        {%- for column in columns %}
        case
            when max({{ column }}) over (partition by _file_id, level) is null then ''
            else '{{ column }} '
        end
        {%- if not loop.last %} ||{% endif %}
        {%- endfor %}
    )
{%- endmacro %}
