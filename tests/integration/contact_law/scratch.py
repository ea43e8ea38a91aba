"""Candidates, their attempts and a window a day: the models of caps and pauses on nothing else."""

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
WINDOW_ROWS = f"""
insert into intermediate.int_e_rebond__possible_windows by name
select
    candidate_id, 0 as day_rank, true as is_callable, cast(noon as date) as call_date,
    noon as window_start_at, noon + interval 30 minute as window_end_at
from intermediate.int_e_rebond__candidates
cross join (
    select timestamp '{DAY_ONE} 12:00:00' + to_days(cast(day as integer)) as noon
    from range({WINDOWS}) as days (day)
)
"""


@dataclass(frozen=True)
class Limits:
    """So many attempts in so many days at most; so many full days after a refusal."""

    attempts: int
    days: int
    pause: int


@dataclass(frozen=True)
class Case:
    """Somebody in a zone, the limits of their country, calls to them and whether they refused."""

    zone: str
    limits: Limits
    attempts: Sequence[tuple[datetime, bool]]


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

    def open_days(self, cases: Sequence[Case]) -> list[set[date]]:
        """For each case the days (UTC) of the windows that the models leave open."""
        for table in EMPTY:
            self.con.execute(f"truncate {table}")
        for place, case in enumerate(cases):
            self._insert_case(str(place), case)
        self.con.execute(WINDOW_ROWS)
        for step in self.steps:
            kind = "view" if step.is_view else "table"
            self.con.execute(f"create or replace {kind} intermediate.{step.name} as {step.sql}")
        found: list[set[date]] = [set() for _ in cases]
        for candidate_id, start in self.con.execute(
            "select candidate_id, window_start_at from intermediate.int_e_rebond__open_windows"
        ).fetchall():
            found[int(candidate_id)].add(start.date())
        return found

    def _insert_case(self, key: str, case: Case) -> None:
        """Candidate, number and country carry the case's key: nothing else tells cases apart."""
        self._insert(
            "intermediate.int_e_rebond__candidates",
            {"candidate_id": key, "phone_hash": key, "trigger": "abandonment", "country": key}
            | {"consumer_time_zone": case.zone}
            | {"evaluated_at": datetime(2026, 8, 1), "expires_at": datetime(2027, 8, 1)},
        )
        self._insert(
            "intermediate.int_e_rebond__reach",
            {"candidate_id": key, "key_type": "phone_hash", "key_value": key},
        )
        rule = {"country": key, "valid_from": date(2020, 1, 1)}
        self._insert(
            "seeds.contact_rules",
            {**rule, "rule_id": f"cap {key}", "rule": "attempts"}
            | {"max_attempts": case.limits.attempts, "days": case.limits.days},
        )
        self._insert(
            "seeds.contact_rules",
            {**rule, "rule_id": f"pause {key}", "rule": "refusal_pause", "days": case.limits.pause},
        )
        for place, (at, refused) in enumerate(case.attempts):
            self._insert(
                "intermediate.int_e_rebond__attempts",
                {"attempt_id": f"{key} {place}", "evidence": f"{key} {place}", "attempted_at": at}
                | {"phone_hash": key, "is_reached": refused, "is_refusal": refused}
                | {"is_wrong_number": False, "is_open": False},
            )

    def _insert(self, table: str, row: dict[str, object]) -> None:
        marks = ", ".join("?" for _ in row)
        self.con.execute(
            f"insert into {table} ({', '.join(row)}) values ({marks})", list(row.values())
        )


def allowed_days(case: Case) -> set[date]:
    """The same by counting: P3 and P4 as they are written."""
    local = ZoneInfo(case.zone)
    limits = case.limits

    def day_of(at: datetime) -> date:
        return at.replace(tzinfo=ZoneInfo("UTC")).astimezone(local).date()

    noon = datetime(DAY_ONE.year, DAY_ONE.month, DAY_ONE.day, 12)
    allowed = set()
    for start in (noon + timedelta(days=day) for day in range(WINDOWS)):
        today = day_of(start)
        before = [(day_of(at), refused) for at, refused in case.attempts if at < start]
        first = today - timedelta(days=limits.days - 1)
        is_capped = sum(first <= day <= today for day, _ in before) >= limits.attempts
        is_paused = any(
            refused and today <= day + timedelta(days=limits.pause) for day, refused in before
        )
        if not (is_capped or is_paused):
            allowed.add(start.date())
    return allowed
