-- Every valid score counts once in the dimension `all`; of a rating its share of the best one, where that is known.
with counted as (
    select
        (
            select count(*) from {{ ref('fct_feedback') }}
            where
                score is not null
                and kind <> 'verbatim'
                and coalesce(asked_at, given_at) is not null
                and (kind not in ('rating', 'nps') or scale_max > 0)
        ) as scored,
        (
            select coalesce(sum(answer_count), 0) from {{ ref('satisfaction_by_stage') }}
            where dimension = 'all'
        ) as counted
)

select
    scored,
    counted
from counted
where scored <> counted
