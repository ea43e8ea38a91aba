"""grain: one row per channel_number: what fewer sales the Markov chain has without the channel

Runs in the driver: one small sparse system a channel, whatever the number of touches.
"""

from orchestration.algorithms.markov_chain import removal_effects


def model(dbt, session):
    dbt.config(materialized="table")
    transitions = dbt.ref("int_attribution__transitions").to_arrow_table()
    return removal_effects(
        transitions["from_state"], transitions["to_state"], transitions["path_count"]
    )
