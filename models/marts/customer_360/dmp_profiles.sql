-- grain: one row per pseudonymous profile (profile_id)
--
-- k-anonymity: what is told of a profile is told of anonymity_minimum of them at least. Traits are
-- dropped, the least useful first, until that holds; who stays alone even then isn't shown.
{%- set levels = [
    ['lifecycle', 'is_activable', 'interest_band', 'product_id', 'value_band', 'visit_band', 'device_class'],
    ['lifecycle', 'is_activable', 'interest_band', 'product_id', 'value_band'],
    ['lifecycle', 'is_activable', 'interest_band', 'product_id'],
    ['lifecycle', 'is_activable', 'interest_band'],
    ['lifecycle', 'is_activable'],
] %}
{%- set traits = levels[0] %}
with level_0 as (
    select *
    from {{ ref('int_customer_360__profile_traits') }}
),
{% for kept in levels %}
    {#- the profiles that no finer level could show #}
    sizes_{{ loop.index }} as (
        select
            {{ kept | join(', ') }},
            count(*) as group_count
        from level_{{ loop.index0 }}
        group by {{ kept | join(', ') }}
    ),

    shown_{{ loop.index }} as (
        select
            profiles.profile_id,
            {%- for trait in traits %}
                {{ 'profiles.' ~ trait if trait in kept else 'cast(null as varchar)' }} as {{ trait }},
            {%- endfor %}
            sizes.group_count,
            profiles.expires_at
        from level_{{ loop.index0 }} as profiles
        inner join sizes_{{ loop.index }} as sizes
            on
                {% for trait in kept -%}
                    {{ 'and ' if not loop.first }}profiles.{{ trait }} = sizes.{{ trait }}
                {% endfor -%}
        where sizes.group_count >= {{ var('anonymity_minimum') }}
    ),

    level_{{ loop.index }} as (
        select profiles.*
        from level_{{ loop.index0 }} as profiles
        left join shown_{{ loop.index }} as shown
            on profiles.profile_id = shown.profile_id
        where shown.profile_id is null
    ){{ ',' if not loop.last }}
{% endfor %}
{% for kept in levels %}
    select * from shown_{{ loop.index }}
    {{ 'union all' if not loop.last }}
{% endfor %}
