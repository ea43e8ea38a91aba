-- grain: one row per review in which a known person praises a product (review_id, platform)
select
    reviews.review_id,
    reviews.platform,
    members.person_id,
    reviews.customer_id,
    reviews.product_id,
    reviews.created_at,
    reviews.language
from {{ ref('int_canonical__reviews') }} as reviews
inner join {{ ref('int_identity__members') }} as members
    on
        members.identifier_type
        = case when reviews.customer_id is null then 'social_handle_hash' else 'customer_id' end
        and coalesce(reviews.customer_id, reviews.author_hash) = members.identifier_value
        and {{ held_at('members', 'reviews.created_at') }}
where
    reviews.product_id is not null
    and reviews.rating >= {{ var('praise_from') }} * reviews.rating_max
    and reviews.created_at >= {{ signals_since() }}
    and reviews.created_at <= {{ as_of() }}
