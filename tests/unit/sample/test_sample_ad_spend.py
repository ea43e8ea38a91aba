"""The sample's spend: platforms take over from the media buyer's list; nothing is told twice."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from sample_helpers import World, rows_of

Day = tuple[str, str]


def google(out: Path, level: str) -> dict[Day, int]:
    """Micros by day and campaign, by the newest file that has the day."""
    newest: dict[str, dict[Day, int]] = {}
    for path in sorted((out / "ad_spend/google_ads").glob(f"{level}_stats_*.csv")):
        sums: dict[Day, int] = defaultdict(int)
        with path.open(newline="") as handle:
            for row in csv.DictReader(handle):
                sums[row["date"], row["campaign_name"]] += int(row["cost_micros"])
        for day in {day for day, _ in sums}:
            newest[day] = {key: micros for key, micros in sums.items() if key[0] == day}
    return {key: micros for sums in newest.values() for key, micros in sums.items()}


def meta(out: Path) -> list[list[dict[str, Any]]]:
    return [
        json.loads(path.read_text())["data"]
        for path in sorted((out / "ad_spend/meta").glob("insights_*.json"))
    ]


def test_levels_tell_the_same_spend(world: World) -> None:
    campaigns = google(world.out, "campaign")
    assert campaigns
    assert all(micros > 0 for micros in campaigns.values())
    assert google(world.out, "ad_group") == campaigns
    assert google(world.out, "keyword") == campaigns


def test_no_spend_is_told_twice(world: World) -> None:
    listed: dict[str, set[str]] = defaultdict(set)
    for row in rows_of(world.out / "ad_spend/flat"):
        listed[row["channel"]].add(row["date"])
    searched = {day for day, _ in google(world.out, "campaign")}
    social = {row["date_start"] for page in meta(world.out) for row in page}
    assert max(listed["Paid Search"]) < min(searched)
    assert max(listed["Paid Social"]) < min(social)
    # What has no platform of its own stays in the list.
    assert max(listed["Display"]) >= max(searched)
    assert len(listed["Paid Search"]) > 2 * len(searched)


def test_platforms_restate_their_days(world: World) -> None:
    told: dict[Day, list[float]] = defaultdict(list)
    for page in meta(world.out):
        for row in page:
            assert row["date_stop"] == row["date_start"]
            told[row["date_start"], row["campaign_name"]].append(float(row["spend"]))
    assert max(map(len, told.values())) == 3
    assert any(spends[0] < spends[-1] for spends in told.values())
    # The first word is the only one that is corrected.
    assert all(len(set(spends[1:])) <= 1 for spends in told.values())
