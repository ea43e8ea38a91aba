-- grain: one row per person and period in which nothing of this changed (person_id, valid_from_at)
--
-- `dbt run` alone makes no snapshot: on a new warehouse there is no history then, until `dbt snapshot` or
-- `dbt build`. A state that a second run of the same clock replaced lasted for no time; of states that a
-- clock set back began twice, the one that holds now counts.
{%- set people = ref('customer_360') %}
{%- set is_begun = not execute or load_relation(ref('customer_360_states')) is not none %}
{%- if not is_begun -%}
    {%- do exceptions.warn('customer_360_history stays empty: run dbt build, or dbt snapshot before dbt run') -%}
{%- endif %}
select
    person_id,
    valid_from_at,
    valid_to_at,
    segment,
    treatment_level,
    contract_count,
    product_count,
    value_quintile,
    lifetime_value_eur,
    phone_canvassing_consent,
    email_prospecting_consent,
    sms_prospecting_consent,
    ad_personalisation_consent,
    is_sales_hold,
    sales_hold_reason,
    next_best_action,
    next_best_action_reason
{% if is_begun -%}
    from {{ ref('customer_360_states') }}
    where valid_to_at is null or valid_to_at > valid_from_at
    qualify
        row_number() over (
            partition by person_id, valid_from_at order by valid_to_at desc nulls first, dbt_scd_id asc
        ) = 1
{% else -%}
    from (
        select
            people.*,
            cast(null as timestamp) as valid_from_at,
            cast(null as timestamp) as valid_to_at
        from {{ people }} as people
        where 1 = 0
    ) as nobody
{% endif %}
