"""Names of media plans lead to channels that visits, spend or touches can have."""

from __future__ import annotations

import csv
from collections.abc import Iterable

from orchestration.settings import PROJECT_DIR

SEEDS = PROJECT_DIR / "seeds"
#: Where channels are named: by the rules of visits, as paid ones, and as touches without a visit.
NAMED = (
    ("channel_rules", "channel"),
    ("paid_channels", "marketing_channel"),
    ("touch_rules", "marketing_channel"),
)


def column(seed: str, name: str) -> list[str]:
    with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        return [row[name] for row in csv.DictReader(file)]


def strangers(targets: Iterable[str]) -> set[str]:
    """Targets that are no channel: their spend would stand beside everything else."""
    channels = {name for seed, key in NAMED for name in column(seed, key)}
    return set(targets) - channels


def test_each_alias_leads_to_a_channel() -> None:
    assert strangers(column("marketing_channel_aliases", "marketing_channel")) == set()


def test_a_slip_of_the_pen_is_noticed() -> None:
    assert strangers(["Paid Search", "Paid search", "", "Phone"]) == {"Paid search", ""}
