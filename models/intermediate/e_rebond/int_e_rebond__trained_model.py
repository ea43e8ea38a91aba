"""grain: one row per model_version: the model of past leads, or word that rules score while few

Runs in the driver: two minutes of CPU for a hundred thousand past leads.
"""

from orchestration.algorithms.lead_scores import train


def model(dbt, session):
    dbt.config(materialized="table")
    return train(
        dbt.ref("int_e_rebond__past_leads").to_arrow_table(),
        dbt.ref("lead_score_rules").to_arrow_table(),
        least_leads=int(dbt.config.get("least_leads")),
        least_sales=int(dbt.config.get("least_sales")),
    )
