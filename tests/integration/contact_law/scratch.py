"""One candidate, its attempts and a window a day: the models of caps and pauses on nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from tests.integration.contact_law.replay import Step

NEEDED = (
    "int_e_rebond__reached_attempts",
    "int_e_rebond__protection_blocks",
    "int_e_rebond__blocks",
    "int_e_rebond__cut_windows",
    "int_e_rebond__open_windows",
)
EMPTY = (
    *("intermediate.int_canonical__consents", "intermediate.int_canonical__oppositions"),
    *("intermediate.int_canonical__products", "intermediate.int_e_rebond__permissions"),
    *("intermediate.int_e_rebond__clients", "intermediate.int_e_rebond__sector_blocks"),
    *("intermediate.int_e_rebond__state_blocks", "intermediate.int_e_rebond__permission_blocks"),
    *("intermediate.int_e_rebond__candidates", "intermediate.int_e_rebond__reach"),
    *("intermediate.int_e_rebond__attempts", "intermediate.int_e_rebond__possible_windows"),
    "seeds.contact_rules",
)
WHOLE = ("seeds.e_rebond_triggers", "seeds.e_rebond_rules")
#: The first day of the windows; each lasts half an hour from noon UTC.
DAY_ONE = date(2026, 9, 1)
WINDOWS = 100


@dataclass(frozen=True)
class Limits:
    """So many attempts in so many days at most; so many full days after a refusal."""

    attempts: int
    days: int
    pause: int


class Scratch:
    """A database with the tables that the models of caps and pauses read."""

    def __init__(self, folder: Path, warehouse: Path, steps: Sequence[Step]) -> None:
        # the compiled SQL names the database by its file
        self.con = duckdb.connect(str(folder / "warehouse.duckdb"))
        self.con.execute("set TimeZone = 'UTC'")
        self.con.execute(f"attach '{warehouse}' as bench (read_only)")
        self.con.execute("create schema intermediate; create schema seeds")
        for table in (*EMPTY, *WHOLE):
            rows = "" if table in WHOLE else " limit 0"
            self.con.execute(f"create table {table} as from bench.{table}{rows}")
        self.con.execute("detach bench")
        self.steps = [step for step in steps if step.name in NEEDED]
        assert len(self.steps) == len(NEEDED)

    def open_days(
        self, zone: str, limits: Limits, attempts: Sequence[tuple[datetime, bool]]
    ) -> set[date]:
        """Days (UTC) of the windows that the models leave open after these attempts."""
        for table in EMPTY:
            self.con.execute(f"truncate {table}")
        self._insert(
            "intermediate.int_e_rebond__candidates",
            [
                {
                    "candidate_id": "c",
                    "phone_hash": "n",
                    "trigger": "abandonment",
                    "country": "XX",
                    "consumer_time_zone": zone,
                    "evaluated_at": datetime(2026, 8, 1),
                    "expires_at": datetime(2027, 8, 1),
                }
            ],
        )
        self._insert(
            "intermediate.int_e_rebond__reach",
            [{"candidate_id": "c", "key_type": "phone_hash", "key_value": "n"}],
        )
        rule = {"country": "XX", "valid_from": date(2020, 1, 1)}
        self._insert(
            "seeds.contact_rules",
            [
                {**rule, "rule_id": "cap", "rule": "attempts"}
                | {"max_attempts": limits.attempts, "days": limits.days},
                {**rule, "rule_id": "pause", "rule": "refusal_pause", "days": limits.pause},
            ],
        )
        self._insert(
            "intermediate.int_e_rebond__attempts",
            [
                {"attempt_id": str(place), "evidence": str(place), "attempted_at": at}
                | {"phone_hash": "n", "is_reached": refused, "is_refusal": refused}
                | {"is_wrong_number": False, "is_open": False}
                for place, (at, refused) in enumerate(attempts)
            ],
        )
        self._insert(
            "intermediate.int_e_rebond__possible_windows",
            [
                {"candidate_id": "c", "window_start_at": start, "call_date": start.date()}
                | {"window_end_at": start + timedelta(minutes=30), "day_rank": 0}
                | {"is_callable": True}
                for start in window_starts()
            ],
        )
        for step in self.steps:
            kind = "view" if step.is_view else "table"
            self.con.execute(f"create or replace {kind} intermediate.{step.name} as {step.sql}")
        found = self.con.execute(
            "select window_start_at from intermediate.int_e_rebond__open_windows"
        ).fetchall()
        return {start.date() for (start,) in found}

    def _insert(self, table: str, rows: Sequence[dict[str, object]]) -> None:
        for row in rows:
            marks = ", ".join("?" for _ in row)
            self.con.execute(
                f"insert into {table} ({', '.join(row)}) values ({marks})", list(row.values())
            )


def window_starts() -> list[datetime]:
    """Noon UTC of each day."""
    noon = datetime(DAY_ONE.year, DAY_ONE.month, DAY_ONE.day, 12)
    return [noon + timedelta(days=day) for day in range(WINDOWS)]


def allowed_days(zone: str, limits: Limits, attempts: Sequence[tuple[datetime, bool]]) -> set[date]:
    """The same by counting: P3 and P4 as they are written."""
    local = ZoneInfo(zone)

    def day_of(at: datetime) -> date:
        return at.replace(tzinfo=ZoneInfo("UTC")).astimezone(local).date()

    allowed = set()
    for start in window_starts():
        today = day_of(start)
        before = [(day_of(at), refused) for at, refused in attempts if at < start]
        first = today - timedelta(days=limits.days - 1)
        is_capped = sum(first <= day <= today for day, _ in before) >= limits.attempts
        is_paused = any(
            refused and today <= day + timedelta(days=limits.pause) for day, refused in before
        )
        if not (is_capped or is_paused):
            allowed.add(start.date())
    return allowed
