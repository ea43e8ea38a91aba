"""Advertising platforms' own reports: Google Ads at three levels, Meta's insights as JSON.

From a day on, the platforms deliver themselves what the media buyer's list told before. Each
export holds its day and the two before, because platforms restate them: the first word on a day
is 3 % below the last.
"""

from __future__ import annotations

import json
from pathlib import Path

from .config import CHANNELS, DAY, PAID_SEARCH, PAID_SOCIAL
from .writers import HMS, day_text, write_csv, write_text

#: Channels whose spend comes from the platforms from `first_platform_day` on.
OF_PLATFORMS = frozenset({CHANNELS[PAID_SEARCH].name, CHANNELS[PAID_SOCIAL].name})
#: A spend row: day, campaign, cost in cents, impressions, clicks.
Spend = tuple[int, str, int, int, int]

GOOGLE_ACCOUNT = "2150347811"
META_ACCOUNT = "act_1700342260229"
METRICS = ("device", "ad_network_type", "cost_micros", "impressions", "clicks")
LEVELS = {
    "campaign": ("customer_id", "date", "id", "base_campaign"),
    "ad_group": ("customer_id", "date", "id", "base_ad_group", "campaign_id"),
    "keyword": ("customer_id", "date", "ad_group_criterion_criterion_id", "ad_group_id"),
}


def first_platform_day(first: int, days: int) -> int:
    """The day from which the platforms deliver: the last 30 % of the world, at least one day."""
    return first + days - max(1, days * 3 // 10)


def write_settings(out: Path) -> None:
    """What the exports can't say of themselves."""
    for name in ("google_ads", "meta"):
        write_text(out / "ad_spend" / name / "_source.yml", "currency: EUR\n")


def write_platforms(
    out: Path, day: int, exported: int, search: list[Spend], social: list[Spend]
) -> dict[str, int]:
    """The exports of one day: `search` and `social` hold its spend and that of two days before."""
    moment = f"{day_text(exported // DAY)}T{HMS[exported % DAY][:5].replace(':', '')}"
    return {
        "ad_spend/google_ads": _google(out / "ad_spend" / "google_ads", day, moment, search),
        "ad_spend/meta": _meta(out / "ad_spend" / "meta", day, moment, social),
    }


def number_of(campaign: str) -> int:
    """A platform's number for a campaign, the same on every day."""
    number = 0
    for letter in campaign.encode():
        number = (number * 131 + letter) % 9_000_000_000
    return 1_000_000_000 + number


def _known_so_far(amount: int, of: int, day: int) -> int:
    return amount if of < day else amount * 97 // 100


def _google(folder: Path, day: int, moment: str, spends: list[Spend]) -> int:
    """Three levels of the same spend, as Fivetran names them, split over two devices."""
    total = 0
    for level, header in LEVELS.items():
        rows: list[list[str | int]] = []
        for of, campaign, cents, shown, clicks in spends:
            number = number_of(campaign)
            micros = _known_so_far(cents, of, day) * 10_000
            account = f"customers/{GOOGLE_ACCOUNT}"
            ids_of: dict[str, list[str | int]] = {
                "campaign": [number, f"{account}/campaigns/{number}"],
                "ad_group": [number * 10, f"{account}/adGroups/{number * 10}", number],
                "keyword": [number * 100, number * 10],
            }
            for device, share in (("MOBILE", 6), ("DESKTOP", 4)):
                parts = [
                    amount * 6 // 10 if share == 6 else amount - amount * 6 // 10
                    for amount in (micros, shown, clicks)
                ]
                named = [GOOGLE_ACCOUNT, day_text(of), *ids_of[level]]
                rows.append([*named, campaign, device, "SEARCH", *parts])
        path = folder / f"{level}_stats_{moment}.csv"
        total += write_csv(path, (*header, "campaign_name", *METRICS), rows)
    return total


def _meta(folder: Path, day: int, moment: str, spends: list[Spend]) -> int:
    """A page of insights by campaign: numbers as texts, money as a decimal text."""
    data = [
        {
            "account_id": META_ACCOUNT.removeprefix("act_"),
            "account_currency": "EUR",
            "campaign_id": str(number_of(campaign)),
            "campaign_name": campaign,
            "date_start": day_text(of),
            "date_stop": day_text(of),
            "spend": f"{_known_so_far(cents, of, day) / 100:.2f}",
            "impressions": str(shown),
            "clicks": str(clicks + clicks // 4),
            "inline_link_clicks": str(clicks),
            "reach": str(shown * 7 // 10),
            "actions": [{"action_type": "link_click", "value": str(clicks)}],
        }
        for of, campaign, cents, shown, clicks in spends
    ]
    page = {"data": data, "paging": {"cursors": {"before": "MAZDZD", "after": "MjQZD"}}}
    text = json.dumps(page, ensure_ascii=False, indent=1)
    write_text(folder / f"insights_{moment}.json", text + "\n")
    return len(data)
