"""Advertising spend: daily exports, one of them corrected later, one delivered twice.

The media buyer's list tells of every channel until the platforms deliver themselves; from then on
it leaves their channels out.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .ad_platforms import OF_PLATFORMS, Spend, first_platform_day, write_platforms, write_settings
from .campaigns import CAMPAIGNS
from .columns import COLUMNS
from .config import CHANNELS, DAY, PAID_SEARCH, PAID_SOCIAL, Ints, WorldConfig
from .journeys import Sessions
from .writers import day_text, iso, write_csv, write_text


def write_spend(out: Path, cfg: WorldConfig, sessions: Sessions) -> dict[str, int]:
    """Write what each campaign cost a day: visits are the clicks, give or take a few."""
    folder = out / "ad_spend" / "flat"
    write_text(folder / "_source.yml", "currency: EUR\ndelivery: replace_by_day\n")
    paid = np.flatnonzero(np.array([c.cost_per_click > 0 for c in CHANNELS])[sessions.channel])
    day_of = sessions.at[paid] // DAY
    first = cfg.start // DAY
    days = cfg.end // DAY - first + 1
    key = ((day_of - first) * len(CHANNELS) + sessions.channel[paid]) * len(CAMPAIGNS)
    counts = np.bincount(
        key + sessions.campaign[paid], minlength=days * len(CHANNELS) * len(CAMPAIGNS)
    ).reshape(days, -1)
    total = 0
    write_settings(out)
    since = first_platform_day(first, days)
    platforms: dict[str, list[Spend]] = {name: [] for name in OF_PLATFORMS}
    written = {"ad_spend/google_ads": 0, "ad_spend/meta": 0}
    for index in range(days):
        day = first + index
        exported = (day + 1) * DAY + 5 * 3600
        if exported > cfg.end:
            # The last day is still running: what there is at the end of the world.
            exported = cfg.end
        rows = _rows(cfg, counts[index], day, exported, 1.0)
        if day >= since:
            told = [row for row in rows if row[1] in OF_PLATFORMS]
            rows = [row for row in rows if row[1] not in OF_PLATFORMS]
            for _, channel, campaign, cost, shown, clicks, _ in told:
                cents = round(float(cost) * 100)
                platforms[channel].append((day, campaign, cents, int(shown), int(clicks)))
            search, social = (
                [spend for spend in platforms[CHANNELS[channel].name] if spend[0] > day - 3]
                for channel in (PAID_SEARCH, PAID_SOCIAL)
            )
            for name, count in write_platforms(out, day, exported, search, social).items():
                written[name] += count
        path = folder / f"spend_{day_text(day)}.csv"
        total += write_csv(path, COLUMNS["ad_spend/flat"], rows)
        if index == 3:
            # The same content under another name: a delivery repeated by a nervous transfer.
            total += write_csv(
                folder / f"resend_{day_text(day)}.csv", COLUMNS["ad_spend/flat"], rows
            )
        if index == days // 2 and day < since and exported + 2 * DAY < cfg.end:
            later = exported + 2 * DAY
            rows = _rows(cfg, counts[index], day, later, 0.9)
            path = folder / f"spend_{day_text(day)}_corrected.csv"
            total += write_csv(path, COLUMNS["ad_spend/flat"], rows)
    return {"ad_spend/flat": total, **written}


def _rows(
    cfg: WorldConfig, counts: Ints, day: int, exported: int, factor: float
) -> list[list[str]]:
    rng = cfg.rng(19, day)
    out = []
    for place in np.flatnonzero(counts).tolist():
        channel = CHANNELS[place // len(CAMPAIGNS)]
        visits = int(counts[place])
        clicks = visits + int(rng.poisson(0.12 * visits))
        shown = clicks * int(rng.integers(60, 140))
        cost = (
            clicks * channel.cost_per_click * (0.9 + 0.2 * rng.random())
            + shown / 1000 * channel.cpm
        )
        code = CAMPAIGNS[place % len(CAMPAIGNS)].code
        out.append(
            [
                day_text(day),
                channel.name,
                code,
                f"{cost * factor:.2f}",
                str(shown),
                str(clicks),
                iso(exported),
            ]
        )
    return out
