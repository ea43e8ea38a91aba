"""grain: one row per text that may be analysed: codes, no words (text_kind, record_id)

Runs in the driver: phrases are looked up in each text, some ten thousand short texts a second.
"""

from orchestration.algorithms.text_models import analyse

#: What a text is chiefly about: the first of these that it says.
THEMES = ("switching_threat", "irritant", "idea", "contact_reason", "life_event")


def model(dbt, session):
    dbt.config(materialized="table")
    return analyse(
        dbt.ref("int_voice_of_customer__texts").to_arrow_table(),
        dbt.ref("text_taxonomy").to_arrow_table(),
        method=str(dbt.config.get("method")),
        least_texts=int(dbt.config.get("least_texts")),
        themes=THEMES,
    )
