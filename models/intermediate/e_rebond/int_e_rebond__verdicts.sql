-- grain: one row per candidate and rule: whether it lets the candidate be called, and by what it is
-- known (candidate_id, rule)
--
-- A rule excludes a candidate where it alone leaves no window; where it takes a part of them it delays.
-- Where none does but all together leave nothing, it is the hours that are too short.
with facts as (
    select
        candidate_id,
        rule,
        {{ join_texts('fact_id', '|', 'fact_id') }} as evidence
    from (
        select distinct
            candidate_id,
            rule,
            fact_id
        from {{ ref('int_e_rebond__blocks') }}
    ) as named
    group by candidate_id, rule
),

cuts as (
    select
        candidate_id,
        rule,
        bool_or(left_from < left_until) as is_window_left,
        bool_or(left_from > window_start_at or left_until < window_end_at) as is_cut
    from {{ ref('int_e_rebond__cut_windows') }}
    group by candidate_id, rule
),

shut as (
    select distinct candidate_id
    from cuts
    where not is_window_left
),

possible_candidates as (
    select
        candidate_id,
        sum(case when is_callable then 1 else 0 end) as window_count
    from {{ ref('int_e_rebond__possible_windows') }}
    group by candidate_id
),

open_candidates as (
    select
        candidate_id,
        count(*) as window_count
    from {{ ref('int_e_rebond__open_windows') }}
    group by candidate_id
)

select
    candidates.candidate_id,
    rules.rule,
    rules.precedence,
    rules.exclusion_reason,
    case
        when rules.rule = 'calling_hours'
            then case
                when possible_candidates.window_count = 0 then 'excluded'
                when open_candidates.candidate_id is null and shut.candidate_id is null then 'excluded'
                else 'passed'
            end
        when rules.rule = 'one_call'
            then case
                when open_candidates.candidate_id is null then 'not_reached'
                when firsts.candidate_id is null then 'excluded'
                else 'passed'
            end
        when cuts.is_window_left is null then 'passed'
        when not cuts.is_window_left then 'excluded'
        when cuts.is_cut then 'delayed'
        else 'passed'
    end as verdict,
    case
        when rules.rule = 'calling_hours'
            then
                'windows:' || cast(possible_candidates.window_count as varchar)
                || '|left by all rules:' || cast(coalesce(open_candidates.window_count, 0) as varchar)
        when rules.rule = 'permission' and facts.evidence is null then grounds.evidence
        when rules.rule = 'number' and facts.evidence is null then 'phone_hash'
        else coalesce(facts.evidence, 'nothing found')
    end as evidence
from {{ ref('int_e_rebond__candidates') }} as candidates
cross join {{ ref('e_rebond_rules') }} as rules
left join cuts on candidates.candidate_id = cuts.candidate_id and rules.rule = cuts.rule
left join facts on candidates.candidate_id = facts.candidate_id and rules.rule = facts.rule
left join shut on candidates.candidate_id = shut.candidate_id
inner join possible_candidates on candidates.candidate_id = possible_candidates.candidate_id
left join open_candidates on candidates.candidate_id = open_candidates.candidate_id
left join {{ ref('int_e_rebond__first_calls') }} as firsts on candidates.candidate_id = firsts.candidate_id
left join {{ ref('int_e_rebond__grounds') }} as grounds on candidates.candidate_id = grounds.candidate_id
