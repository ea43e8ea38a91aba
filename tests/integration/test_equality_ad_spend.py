"""However the exports of advertising platforms arrive, the same spend comes out."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from tests.integration.conftest import World

# The sample world of test_equality holds this family too; alone, its faults are easier to find.
pytestmark = pytest.mark.long

NODES = (
    "marketing_channel_aliases",
    "currency_rates",
    "stg_ad_spend__flat",
    "stg_ad_spend__google_ads",
    "stg_ad_spend__meta",
    "int_canonical__currency_rates",
    "int_canonical__platform_spend",
    "int_canonical__ad_spend",
)
#: In the order of their reading.
TABLES = ("int_canonical__platform_spend", "int_canonical__ad_spend")


def google(day: int, *rows: str, level: str = "campaign") -> str:
    """Fivetran's columns of a level; rows are `day,campaign,device,micros`."""
    own = {"campaign": "id", "ad_group": "campaign_id,id", "keyword": "campaign_id,ad_group_id"}
    last = ",ad_group_criterion_criterion_id" if level == "keyword" else ""
    lines = [f"customer_id,date,device,cost_micros,impressions,clicks,{own[level]}{last}"]
    for row in rows:
        of, campaign, device, micros = row.split(",")
        ids = {"campaign": campaign, "ad_group": f"{campaign},{campaign}9"}
        ids["keyword"] = f"{campaign},{campaign}9,{campaign}99"
        lines.append(f"1,2026-10-{of},{device},{micros},100,10,{ids[level]}")
    return "\n".join(lines) + "\n"


def meta(*rows: str) -> str:
    """JSON lines; rows are `account,day,campaign,spend`."""
    lines = []
    for row in rows:
        account, day, campaign, spend = row.split(",")
        lines.append(
            f'{{"account_id":"{account}","date_start":"2026-10-{day}","campaign_name":"{campaign}",'
            f'"ad_id":"{campaign}-1","spend":"{spend}","inline_link_clicks":"3"}}'
        )
    return "\n".join(lines) + "\n"


def deliveries() -> list[tuple[str, str]]:
    """Ten days of exports, each of the last three days, as platforms restate them."""
    files = []
    for day in range(3, 13):
        days = [f"{of:02}" for of in range(day - 2, day + 1)]
        campaigns = [
            f"{of},{campaign},{device},{1_000_000 * day + campaign + int(of)}"
            for of in days
            for campaign in (7, 8)
            # A campaign that a later export no longer knows.
            if not (campaign == 8 and int(of) == day - 2)
            for device in ("MOBILE", "DESKTOP")
        ]
        name = f"2026-10-{day + 1:02}"
        if day % 3:
            files.append((f"ad_spend/google_ads/campaigns_{name}.csv", google(day, *campaigns)))
        for level in ("ad_group", "keyword"):
            path = f"ad_spend/google_ads/{name}T0300/{level}.csv"
            files.append((path, google(day, *campaigns, level=level)))
        for account in ("5", "6"):
            # The accounts are exported at different hours.
            path = f"ad_spend/meta/insights_{account}_{name}T0{account}00.json"
            rows = [f"{account},{of},social,{day}.{of}" for of in days]
            files.append((path, meta(*rows)))
        flat = "".join(f"2026-10-{of},Paid Social,social,{day}\n" for of in days)
        flat += "".join(f"2026-10-{of},Display,banner,{day}\n" for of in days)
        files.append((f"ad_spend/flat/spend_{name}.csv", "date,channel,campaign,cost\n" + flat))
    return files


@pytest.fixture(scope="module")
def world(make_world: Callable[..., World]) -> World:
    """A home whose models are views: built once, and every later load shows in them."""
    made = make_world("2026-10-31T22:00:00Z")
    made.landing.mkdir(parents=True)
    made.ingest()
    done = made.dbt(
        "build",
        "--quiet",
        "--resource-type=seed",
        "--resource-type=model",
        "--indirect-selection=empty",
        f"--select={' '.join(NODES)}",
    )
    assert done.returncode == 0, done.stdout[-3000:]
    with duckdb.connect(str(made.home / "warehouse.duckdb")) as con:
        for model in TABLES:
            (compiled,) = (made.home / "dbt" / "compiled").rglob(f"{model}.sql")
            con.execute(f"drop table intermediate.{model}")
            con.execute(f"create view intermediate.{model} as {compiled.read_text()}")
    return made


def spend(world: World, files: list[tuple[str, str]], every: int = 1000) -> list[tuple[Any, ...]]:
    """What comes of files in an emptied home, loaded `every` so many of them."""
    shutil.rmtree(world.landing)
    with duckdb.connect(str(world.home / "warehouse.duckdb")) as con:
        for format_ in ("flat", "google_ads", "meta"):
            con.execute(f"delete from raw.ad_spend__{format_}")
        con.execute("delete from audit.files")
    for number, (path, content) in enumerate(files, start=1):
        world.put(path, content)
        if number % every == 0:
            world.ingest()
    world.ingest()
    return world.rows("from intermediate.int_canonical__ad_spend order by all")


@pytest.fixture(scope="module")
def full(world: World) -> list[tuple[Any, ...]]:
    """Everything at once."""
    return spend(world, deliveries())


def test_the_newest_export_of_each_day_counts_once(full: list[tuple[Any, ...]]) -> None:
    cost: dict[tuple[str, str], float] = {}
    for row in full:
        # ad_spend_id, source_format, account_id, spend_date, source_channel, marketing_channel,
        # campaign_id, campaign, cost_eur, impressions, clicks
        key = row[1] if row[1] == "flat" else f"{row[1]} {row[2]}", str(row[3])
        cost[key] = cost.get(key, 0) + float(row[8])
    # 5 October was last exported on the 8th, with the figures of day 7, campaign 7 alone: two
    # devices of 7 EUR and 12 millionths each.
    assert cost["google_ads 1", "2026-10-05"] == pytest.approx(14.0, abs=1e-3)
    # 12 October: there is no campaign file of day 12 (12 % 3 = 0), so the ad groups count.
    assert cost["google_ads 1", "2026-10-12"] == pytest.approx(48.0, abs=1e-3)
    assert cost["meta 5", "2026-10-05"] == 7.05
    # The media buyer's list tells of banners only: Meta itself tells of its campaigns.
    assert cost["flat", "2026-10-05"] == 7
    counts = Counter(str(row[1]) for row in full)
    # Twelve days each; Google's campaign 8 is in the last word on 4, 7, 10, 11 and 12 October.
    assert counts == {"flat": 12, "meta": 24, "google_ads": 12 + 5}
    assert len({row[0] for row in full}) == len(full)


def test_in_order_and_twice(world: World, full: list[tuple[Any, ...]]) -> None:
    files = []
    for path, content in deliveries():
        folder, _, name = path.rpartition("/")
        files += [(path, content), (f"{folder}/again-{name}", content)]
    assert spend(world, files, every=9) == full


@pytest.mark.parametrize("seed", [5, 6])
def test_shuffled(world: World, full: list[tuple[Any, ...]], seed: int) -> None:
    files = deliveries()
    random.Random(seed).shuffle(files)
    assert spend(world, files, every=9) == full
