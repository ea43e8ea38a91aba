"""The sample world's true effects of channels, beside what the models say."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from tests.integration.circles import rows_of
from tests.integration.conftest import World

#: Causes that the truth writes in brackets and that a touch can show; need and circle can't.
AS_CHANNELS = {"(adviser)": "Phone", "(outbound call)": "Outbound Call"}
UNSEEN = ("(need)", "(circle)")


@dataclass(frozen=True)
class ChannelTruth:
    """What channels did to the sales of the world.

    `incremental`: sales that would not have happened without the channel, `caused`: sum of its
    shares of the sales' causes; by channel. `uncaused`: share of all sales that no channel caused.
    """

    incremental: dict[str, float]
    caused: dict[str, float]
    uncaused: float
    sales: int


def channel_truth(world: World) -> ChannelTruth:
    """Read from the sample's truth files."""
    folder = world.landing / "truth"
    incremental = {
        AS_CHANNELS.get(row["marketing_channel"], row["marketing_channel"]): float(
            row["true_incremental_sales"]
        )
        for row in rows_of(folder / "channel_effects.csv")
        if row["marketing_channel"] not in UNSEEN
    }
    caused: dict[str, float] = defaultdict(float)
    contracts, unseen = set(), 0.0
    for row in rows_of(folder / "sale_causes.csv"):
        contracts.add(row["contract_id"])
        channel, share = row["marketing_channel"], float(row["true_share"])
        if channel in UNSEEN:
            unseen += share
        else:
            caused[AS_CHANNELS.get(channel, channel)] += share
    return ChannelTruth(incremental, dict(caused), unseen / len(contracts), len(contracts))


def model_credits(world: World) -> dict[str, dict[str, float]]:
    """Conversions by model and channel, with the two models of whole channels."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for model, channel, credit in world.rows(
        "select model, marketing_channel, sum(credit) from marts.fct_attributed_conversions"
        " group by 1, 2 union all"
        " select model || ' (whole channels)', marketing_channel, conversions"
        " from marts.attribution_channel_weights"
    ):
        found[model][channel] = credit
    return dict(found)


def shares(amounts: dict[str, float]) -> dict[str, float]:
    total = sum(amounts.values())
    return {name: amount / total for name, amount in amounts.items()}


def misplaced(found: dict[str, float], true: dict[str, float]) -> float:
    """Share of all credit that would have to move to another channel to be right."""
    mine, right = shares(found), shares(true)
    names = mine.keys() | right.keys()
    return sum(abs(mine.get(name, 0) - right.get(name, 0)) for name in names) / 2
