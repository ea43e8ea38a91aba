"""grain: one row per channel_number: its Shapley value in the game of conversion rates

Runs in the driver: the game of n channels has 2^n sets, whatever the number of touches.
"""

from orchestration.algorithms.shapley import rate_game

#: Sets of more channels are too many to look at each.
EXACT_CHANNELS = 15
#: Orders drawn beyond that; the standard error stands beside each value.
DRAWS = 4000


def model(dbt, session):
    dbt.config(materialized="table")
    coalitions = dbt.ref("int_attribution__coalitions").to_arrow_table()
    return rate_game(
        coalitions["channel_set"],
        coalitions["conversions"],
        coalitions["non_conversions"],
        exact_channels=EXACT_CHANNELS,
        draws=DRAWS,
    )
