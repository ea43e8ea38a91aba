"""grain: one row per model_version, measure, item: how the model did and how leads drift"""

from orchestration.algorithms.lead_scores import measures_of


def model(dbt, session):
    dbt.config(materialized="table")
    return measures_of(
        dbt.ref("int_e_rebond__score_inputs").to_arrow_table(),
        dbt.ref("int_e_rebond__trained_model").to_arrow_table(),
    )
