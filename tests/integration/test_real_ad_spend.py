"""Public files of advertising platforms through loading and models, against the raw text."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from orchestration.ingestion.file_records import FileResult
from orchestration.settings import PROJECT_DIR
from tests.integration.conftest import World, public

ADS = "ads_exports"
#: From the coarsest to the finest, each with the column of its campaign.
GOOGLE = {
    "google_campaign_stats_data.csv": "id",
    "google_ad_group_stats_data.csv": "campaign_id",
    "google_keyword_stats_data.csv": "campaign_id",
}
META = "facebook_ads_basic_ad_data.csv"
#: No spend in them.
OTHERS = {
    "google_ads/google_account_history_data.csv": "required column date, cost_micros missing",
    "google_ads/google_campaign_history_data.csv": "required column date, cost_micros missing",
    "meta/facebook_ads_basic_ad_actions_data.csv": "required column spend missing",
    "meta/facebook_ads_campaign_history_data.csv": "required column date, spend missing",
}

Figures = tuple[Decimal, int, int]


def rows_of(name: str) -> list[dict[str, str]]:
    with public(f"{ADS}/{name}").open(newline="") as handle:
        return list(csv.DictReader(handle))


def euros(amount: Decimal, day: str) -> Decimal:
    """Dollars by the rate of the seed that holds on the day."""
    with (PROJECT_DIR / "seeds" / "currency_rates.csv").open(newline="") as handle:
        rates = [row for row in csv.DictReader(handle) if row["currency"] == "USD"]
    rate = max((row for row in rates if row["valid_from"] <= day), key=lambda r: r["valid_from"])
    return (amount / Decimal(rate["units_per_euro"])).quantize(Decimal("0.0001"))


def as_delivered(name: str) -> dict[tuple[str, str], Figures]:
    """What one of Google's files says by day and campaign."""
    sums: dict[tuple[str, str], Figures] = defaultdict(lambda: (Decimal(0), 0, 0))
    for row in rows_of(name):
        key = row["date"], row[GOOGLE[name]]
        cost, shown, clicked = sums[key]
        micros = Decimal(row["cost_micros"]) / 1_000_000
        sums[key] = cost + micros, shown + int(row["impressions"]), clicked + int(row["clicks"])
    return dict(sums)


def of_the_coarsest_level() -> dict[tuple[str, str], Figures]:
    """A day is that of the first file that has it."""
    chosen: dict[tuple[str, str], Figures] = {}
    for name in GOOGLE:
        days = {day for day, _ in chosen}
        chosen |= {key: sums for key, sums in as_delivered(name).items() if key[0] not in days}
    return chosen


def api_results() -> list[dict[str, Any]]:
    """The campaign file as Google's API answers: another account, numbers as texts."""
    return [
        {
            "campaign": {
                "resourceName": f"customers/555/campaigns/{row['id']}",
                "id": row["id"],
                "name": f"Campaign {row['id']}",
            },
            "metrics": {
                "costMicros": row["cost_micros"],
                "impressions": row["impressions"],
                "clicks": row["clicks"],
            },
            "segments": {
                "date": row["date"],
                "device": row["device"],
                "adNetworkType": "CONTENT",
            },
        }
        for row in rows_of("google_campaign_stats_data.csv")
    ]


def api_csv() -> str:
    """The ad group file under the API's names, with a hyphen in the account's number."""
    lines = [
        "customer.id,customer.currency_code,campaign.id,campaign.advertising_channel_type,"
        "ad_group.id,segments.date,segments.device,metrics.cost_micros,metrics.impressions,"
        "metrics.clicks"
    ]
    for row in rows_of("google_ad_group_stats_data.csv"):
        fields = ("campaign_id", "id", "date", "device", "cost_micros", "impressions", "clicks")
        campaign, group, *rest = (row[field] for field in fields)
        lines.append(f"66-6,EUR,{campaign},PERFORMANCE_MAX,{group},{','.join(rest)}")
    return "\n".join(lines) + "\n"


def insights(spends: dict[str, str], day: str = "2020-12-10") -> str:
    """A page of Meta's insights."""
    return json.dumps(
        {
            "data": [
                {
                    "account_id": "77",
                    "account_currency": "EUR",
                    "campaign_id": campaign,
                    "campaign_name": f"Spring {campaign}",
                    "ad_id": f"{campaign}0",
                    "date_start": day,
                    "date_stop": day,
                    "spend": spend,
                    "impressions": "1000",
                    "clicks": "30",
                    "inline_link_clicks": "20",
                    "actions": [{"action_type": "link_click", "value": "20"}],
                }
                for campaign, spend in spends.items()
            ],
            "paging": {"cursors": {"before": "MAZDZD", "after": "MjQZD"}},
        },
        indent=1,
    )


@pytest.fixture(scope="module")
def loaded(make_world: Callable[..., World]) -> tuple[World, dict[str, FileResult]]:
    made = make_world("2026-10-31T22:00:00Z")
    for name in GOOGLE:
        made.put(f"ad_spend/google_ads/{name}", public(f"{ADS}/{name}").read_bytes())
    for name in OTHERS:
        source = public(f"{ADS}/{name.split('/')[1]}")
        made.put(f"ad_spend/{name}", source.read_bytes())
    made.put("ad_spend/google_ads/_source.yml", "currency: USD\n")
    page = json.dumps({"results": api_results(), "fieldMask": "campaign.id"})
    made.put("ad_spend/google_ads/api/page_2021-07-01.json", page)
    made.put("ad_spend/google_ads/api/report_2021-07-01.csv", api_csv())
    made.put(f"ad_spend/meta/{META}", public(f"{ADS}/{META}").read_bytes())
    made.put("ad_spend/meta/page_2020-12-11.json", insights({"1": "10.50", "2": "4.25"}))
    # The restated day: the campaign that it lacks is gone.
    made.put("ad_spend/meta/page_2020-12-13.json", insights({"1": "11.75"}))
    made.put("ad_spend/meta/page_2020-12-12.json", insights({"1": "9", "2": "9"}))
    report = made.ingest()
    built = made.dbt(
        "build",
        "--quiet",
        "--exclude-resource-type=unit_test",
        "--indirect-selection=cautious",
        "--select=+int_canonical__ad_spend",
    )
    assert built.returncode == 0, built.stdout[-3000:]
    return made, {file.path.removeprefix("ad_spend/"): file for file in report.files}


@pytest.fixture
def world(loaded: tuple[World, dict[str, FileResult]]) -> World:
    return loaded[0]


def spend(world: World, account: str) -> dict[tuple[str, str], tuple[Decimal, int, int]]:
    return {
        (str(day), campaign): (cost, shown, clicked)
        for day, campaign, cost, shown, clicked in world.rows(
            "select spend_date, campaign, cost_eur, impressions, clicks "
            f"from intermediate.int_canonical__ad_spend where account_id = '{account}'"
        )
    }


def in_euros(figures: dict[tuple[str, str], Figures]) -> dict[tuple[str, str], Figures]:
    return {key: (euros(cost, key[0]), *rest) for key, (cost, *rest) in figures.items()}


def test_three_levels_of_one_account_are_one_spend(world: World) -> None:
    expected = of_the_coarsest_level()
    assert spend(world, "2121450128") == in_euros(expected)
    # Days that several files have, worked out by hand: 1 February is in the campaign and the ad
    # group file, 15 March in the ad group and the keyword file.
    assert expected["2021-02-01", "9935249409"] == (Decimal("36.15"), 166, 49)
    assert expected["2021-03-15", "344106493"] == (Decimal("22.24"), 72, 10)
    assert ("2021-02-01", "344106493") not in expected


def test_every_level_is_recognised(world: World) -> None:
    found = dict(
        world.rows(
            "select level, sum(cost) from staging.stg_ad_spend__google_ads "
            "where account_id = '2121450128' group by 1"
        )
    )
    totals = [sum(cost for cost, *_ in as_delivered(name).values()) for name in GOOGLE]
    assert found == dict(zip(("campaign", "ad_group", "keyword"), totals, strict=True))


def test_the_apis_names_say_the_same(world: World) -> None:
    campaigns = as_delivered("google_campaign_stats_data.csv")
    named = {(day, f"Campaign {number}"): sums for (day, number), sums in campaigns.items()}
    assert spend(world, "555") == in_euros(named)
    # This account's money is in euros already.
    assert spend(world, "666") == as_delivered("google_ad_group_stats_data.csv")
    channels = world.rows(
        "select distinct account_id, marketing_channel "
        "from intermediate.int_canonical__ad_spend where source_format = 'google_ads' order by 1"
    )
    assert channels == [
        ("2121450128", "Paid Search"),
        ("555", "Display"),
        ("666", "Cross-network"),
    ]


def test_meta_by_day_and_ad(world: World) -> None:
    expected = {
        (row["date"], row["ad_id"]): (
            Decimal(row["spend"]),
            int(row["impressions"]),
            int(row["inline_link_clicks"]),
        )
        for row in rows_of(META)
    }
    assert len(expected) == 10
    assert spend(world, "1700252260223815") == expected


def test_a_restated_day_of_meta_replaces_it_whatever_the_order(world: World) -> None:
    assert spend(world, "77") == {("2020-12-10", "Spring 1"): (Decimal("11.75"), 1000, 20)}


def test_other_tables_are_rejected_and_told_why(
    loaded: tuple[World, dict[str, FileResult]],
) -> None:
    _, files = loaded
    for name, reason in OTHERS.items():
        assert files[name].status == "rejected"
        assert str(files[name].reason).startswith(reason)
    assert sum(file.status == "rejected" for file in files.values()) == len(OTHERS)


def test_a_bad_line_costs_that_line(make_world: Callable[..., World]) -> None:
    made = make_world("2026-10-31T22:00:00Z")
    header = "customer_id,date,id,device,cost_micros,impressions,clicks\n"
    lines = [
        "1,2026-10-01,7,MOBILE,1000000,10,1",
        '1,2026-10-01,7,"DESKTOP,1000000,10,1',
        "1,2026-10-01,8,MOBILE,12.5,10,1",
        "1,,8,MOBILE,1000000,10,1",
        "1,31/12/2026,8,MOBILE,1000000,10,1",
        "1,2026-10-01,9,MOBILE,,10,1",
        "1,2026-10-01,9223372036854775808,MOBILE,3000000,10,1",
    ]
    made.put("ad_spend/google_ads/bad.csv", header + "\n".join(lines) + "\n")
    made.put(
        "ad_spend/meta/bad.json",
        '{"account_id":"1","date_start":"2026-10-01","ad_id":"1","spend":"1,50"}\n'
        '{"account_id":"1","date_start":"2026-10-01","ad_id":"2","spend":"2.50"}\n'
        '{"account_id":"1","date_start":"2026-10-01","ad_id":\n'
        '{"account_id":"1","date_start":"2026-10-01","ad_id":"4","spend":""}\n'
        '{"account_id":"1","date_start":"2026-10-01","ad_id":"5","spend":"0"}\n',
    )
    counts = {f.format: (f.rows_read, f.rows_loaded) for f in made.ingest().files}
    assert counts == {"google_ads": (7, 2), "meta": (5, 2)}
    found = made.rows(
        "select format, line, field, quarantine.reason from audit.quarantine "
        "inner join audit.files using (file_id) order by format, line"
    )
    where = [(format_, line, field) for format_, line, field, _ in found]
    assert where == [
        ("google_ads", 3, None),
        ("google_ads", 4, "cost_micros"),
        ("google_ads", 5, "date"),
        ("google_ads", 6, "date"),
        ("google_ads", 7, "cost_micros"),
        ("meta", 1, "spend"),
        ("meta", 3, None),
        ("meta", 4, "spend"),
    ]
    assert all(reason for *_, reason in found)
    assert made.rows("select id from raw.ad_spend__google_ads order by all") == [
        ("7",),
        ("9223372036854775808",),
    ]
