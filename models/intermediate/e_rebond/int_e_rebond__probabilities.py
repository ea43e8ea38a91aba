"""grain: one row per candidate_id: how likely a call sells, and why"""

from orchestration.algorithms.lead_scores import score


def model(dbt, session):
    dbt.config(materialized="table")
    signals = dbt.ref("int_e_rebond__score_inputs").to_arrow_table()
    return score(
        signals.sort_by("candidate_id"),
        dbt.ref("int_e_rebond__trained_model").to_arrow_table(),
        dbt.ref("lead_score_rules").to_arrow_table(),
    )
