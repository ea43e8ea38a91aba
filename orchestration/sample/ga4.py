"""The brand's site as GA4 exports it to BigQuery: a table a day, in the zone of the property."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from .agents import AGENTS, IS_MOBILE
from .config import BRAND_HOST, DAY, PRODUCTS, WorldConfig, paris_offset
from .ids import mix
from .journeys import Sessions
from .pages import EVENT_NAMES, PAGES, PING, READ, VIEW, DayEvents
from .snowplow import Visit
from .writers import TextFile, day_text, may_break, write_text

Row = dict[str, Any]
_VALUE = "struct(string_value varchar, int_value bigint, float_value float, double_value double)"
#: Columns of the export that the site fills, with their types in Parquet.
_COLUMNS = {
    "event_date": "varchar",
    "event_timestamp": "bigint",
    "event_name": "varchar",
    "event_params": f"struct(key varchar, value {_VALUE})[]",
    "event_bundle_sequence_id": "bigint",
    "batch_page_id": "bigint",
    "batch_ordering_id": "bigint",
    "batch_event_index": "bigint",
    "user_pseudo_id": "varchar",
    "privacy_info": "struct(analytics_storage varchar, ads_storage varchar)",
    "device": "struct(category varchar, language varchar, web_info struct(hostname varchar))",
    "geo": "struct(country varchar)",
    "stream_id": "varchar",
    "platform": "varchar",
    "collected_traffic_source": "struct(manual_source varchar, manual_medium varchar, "
    "manual_campaign_name varchar, manual_content varchar, manual_term varchar, gclid varchar)",
    "traffic_source": 'struct("name" varchar, medium varchar, source varchar)',
}
#: What Google works out at night: intraday tables lack it.
_LATER = ("traffic_source",)


class Ga4Writer:
    """Writes daily tables once their day is over, and an intraday table of the last one."""

    def __init__(self, cfg: WorldConfig, out: Path) -> None:
        self._cfg = cfg
        self._folder = out / "web_tags" / "ga4"
        self._open: dict[int, list[Row]] = defaultdict(list)
        self.events = 0
        self.broken = 0
        write_text(self._folder / "_source.yml", "consent_field: privacy_info.analytics_storage\n")

    def write_day(
        self, day: int, events: DayEvents, visits: list[Visit], sessions: Sessions, rows: list[int]
    ) -> None:
        """Take `rows` of a UTC day's events; write the tables of the local days that are over."""
        places: dict[tuple[int, int], int] = defaultdict(int)
        for event in rows:
            if events.code[event] == PING:
                continue
            row = int(events.session[event])
            place = row, int(events.ordinal[event])
            places[place] += 1
            visit, at = visits[row], int(sessions.at[row])
            made = self._row(events, event, visit, at, places[place])
            ms = int(events.ms[event])
            local = _local_day(ms // 1000)
            made["event_date"] = day_text(local).replace("-", "")
            self._open[local].append(made)
        self._close(day)

    def _close(self, day: int) -> None:
        last = self._cfg.end // DAY
        if day == last:
            for local in range(last, _local_day(self._cfg.end) + 1):
                self._write(f"events_intraday_{_name(local)}.json.gz", self._early(local))
        elif day == self._cfg.start // DAY + 1:
            self._write_parquet(day)
        else:
            if day == last - 1:
                # What the day's own table then says again, and more.
                early = self._early(day)
                self._write(f"events_intraday_{_name(day)}.json.gz", early[: len(early) * 2 // 3])
            rows = self._open[day]
            # A table that was exported once more before the job knew that it had been.
            self._write(f"events_{_name(day)}.json.gz", rows + rows[: day % 3])
        self._open.pop(day, None)

    def _early(self, local: int) -> list[Row]:
        return [
            {key: value for key, value in row.items() if key not in _LATER}
            for row in self._open[local]
        ]

    def _write(self, name: str, rows: list[Row]) -> None:
        broken = 0
        with TextFile(self._folder / name) as file:
            for row in rows:
                # As BigQuery writes JSON: whole numbers as texts.
                text = {k: str(v) if isinstance(v, int) else v for k, v in row.items()}
                line = json.dumps(text, ensure_ascii=False)
                if mix(row["event_timestamp"]) % 97 == 0 and may_break(broken, len(rows)):
                    line = line[: len(line) // 2]
                    broken += 1
                file.write(line + "\n")
        self.events += len(rows)
        self.broken += broken

    def _write_parquet(self, local: int) -> None:
        rows = self._open[local]
        source = self._folder / ".rows.json"
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        types = ", ".join(f"{name}: '{kind}'" for name, kind in _COLUMNS.items())
        target = self._folder / f"events_{_name(local)}.parquet"
        with duckdb.connect(config={"threads": 1}) as con:
            con.execute(
                f"copy (from read_json('{source}', format = 'newline_delimited', "
                f"columns = {{{types}}})) to '{target}' (format parquet)"
            )
        source.unlink()
        self.events += len(rows)

    def _row(self, events: DayEvents, event: int, visit: Visit, at: int, place: int) -> Row:
        code, page = int(events.code[event]), PAGES[int(events.page[event])]
        ordinal, before = int(events.ordinal[event]), int(events.referrer[event])
        is_entry = ordinal == 0
        query = f"?{visit.query}" if is_entry and visit.query else ""
        came_from = visit.referrer if before < 0 else f"https://{visit.host}{PAGES[before].path}"
        params: dict[str, str | int] = {
            "ga_session_id": at,
            "ga_session_number": 1 + mix(at) % 4,
            "page_location": f"https://{BRAND_HOST}{page.path}{query}",
            "page_title": page.title,
        }
        if came_from:
            params["page_referrer"] = came_from
        if code != VIEW:
            params["engagement_time_msec"] = 1_000 + mix(int(events.ms[event])) % 9_000
        if page.product >= 0:
            params["product_id"] = PRODUCTS[page.product].product_id
        if page.step:
            params["step"] = page.step
        row: Row = {
            "event_timestamp": int(events.ms[event]) * 1000,
            "event_name": "advice_read" if code == READ else EVENT_NAMES[code],
            "event_params": [
                {"key": key, "value": {"int_value": str(value)}}
                if isinstance(value, int)
                else {"key": key, "value": {"string_value": value}}
                for key, value in params.items()
            ],
            "event_bundle_sequence_id": mix(at + ordinal) % 2_000_000_000 - 1_000_000_000,
            "batch_page_id": at * 1000 + ordinal,
            "batch_ordering_id": 1,
            "batch_event_index": place,
            "user_pseudo_id": visit.visitor,
            "privacy_info": {
                "analytics_storage": "Yes" if visit.consent == "granted" else "Unset",
                "ads_storage": "No",
            },
            "device": {
                "category": "mobile" if IS_MOBILE[AGENTS.index(visit.agent)] else "desktop",
                "language": "fr-fr",
                "web_info": {"hostname": BRAND_HOST},
            },
            "geo": {"country": "France"},
            "stream_id": "4711223344",
            "platform": "WEB",
            "traffic_source": {"name": "(direct)", "medium": "(none)", "source": "(direct)"},
        }
        if is_entry and visit.utm.source:
            utm = visit.utm
            row["collected_traffic_source"] = {
                "manual_source": utm.source,
                "manual_medium": utm.medium,
                "manual_campaign_name": utm.campaign,
                "manual_content": utm.content,
                **({"manual_term": utm.term} if utm.term else {}),
                **({"gclid": visit.click} if visit.click.startswith("GCLID") else {}),
            }
        return row


def _name(day: int) -> str:
    return day_text(day).replace("-", "")


def _local_day(at: int) -> int:
    return (at + int(paris_offset(np.array([at]))[0])) // DAY
