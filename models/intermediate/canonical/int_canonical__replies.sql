-- grain: one row per platform, author_hash, addressed_hash
{% set formats = ['mastodon', 'bluesky'] %}
{% for format in formats %}
    select
        '{{ format }}' as platform,
        author_hash,
        addressed_hash,
        post_count
    from {{ ref('stg_social__' ~ format ~ '_replies') }}
    {% if not loop.last %}union all{% endif %}
{% endfor %}
