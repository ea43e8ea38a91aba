"""Every window in which the models would call, judged by the law in plain Python.

Five months of a sample world, July to November 2026, with facts and signs added so that each rule
has something to forbid. Twelve days are judged; `PASSERELLE_LAW_DAYS=all` judges all of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.integration.conftest import World
from tests.integration.contact_law.landing import write_landing
from tests.integration.contact_law.oracle import Candidate, Facts, Law, moments
from tests.integration.contact_law.replay import Step, compile_steps, copy_of, make_tables, rebuild
from tests.integration.contact_law.world import (
    CHANGED,
    FIRST,
    LAST,
    Stress,
    candidates,
    chosen_days,
    read_facts,
)

pytestmark = pytest.mark.slow
CUSTOMERS = 150
SIGNALS = 600
#: Runs in the small hours, at noon, and within the last lawful hour of Paris.
CLOCKS = (time(0, 0), time(9, 30), time(17, 45))


@dataclass(frozen=True)
class Bench:
    """A world made ready: its warehouse, the models as SQL, and the facts for the oracle."""

    warehouse: Path
    steps: Sequence[Step]
    facts: Facts


@dataclass(frozen=True)
class Verdict:
    """What the oracle says of the windows of one run."""

    windows: int
    candidates: int
    broken: dict[str, int]
    agreed: int

    @property
    def is_lawful(self) -> bool:
        return not self.broken


@pytest.fixture(scope="module")
def bench(
    make_world: Callable[..., World], tmp_path_factory: pytest.TempPathFactory
) -> Bench:
    landing = tmp_path_factory.mktemp("law") / "landing"
    world = make_world(write_landing(landing, FIRST, LAST, CUSTOMERS), landing)
    world.ingest()
    assert world.dbt("seed", "--quiet").returncode == 0
    done = world.dbt("run", "--quiet", "--select", "+int_e_rebond__calling_windows")
    assert done.returncode == 0, done.stdout[-3000:]
    steps = compile_steps(world)
    warehouse = copy_of(world.home / "warehouse.duckdb", tmp_path_factory.mktemp("bench"))
    with duckdb.connect(str(warehouse)) as con:
        con.execute("set TimeZone = 'UTC'")
        make_tables(con, CHANGED)
        Stress(con, seed=6).fill()
        facts = read_facts(con)
    return Bench(warehouse, steps, facts)


@pytest.fixture
def con(bench: Bench, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    path = copy_of(bench.warehouse, tmp_path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection
    path.unlink()


def judged(con: duckdb.DuckDBPyConnection, bench: Bench, now: datetime) -> Verdict:
    """Build the models as of `now` and hold each lawful window against the oracle."""
    Stress(con, seed=now.toordinal()).signals(now, SIGNALS)
    rebuild(con, bench.steps, now, "select * from stress_signals")
    law = Law(bench.facts, now)
    known: dict[str, Candidate] = {who.candidate_id: who for who in candidates(con)}
    windows = con.execute(
        "select candidate_id, window_start_at, window_end_at"
        " from intermediate.int_e_rebond__calling_windows"
    ).fetchall()
    broken: dict[str, int] = {}
    agreed = 0
    for candidate_id, start, end in windows:
        who = known[candidate_id]
        assert start >= now
        agreed += who.requested_at == start
        for moment in moments(start, end):
            for rule in law.broken(who, moment):
                broken[rule] = broken.get(rule, 0) + 1
    return Verdict(len(windows), len({row[0] for row in windows}), broken, agreed)


def days() -> list[date]:
    if os.environ.get("PASSERELLE_LAW_DAYS") == "all":
        count = (LAST - FIRST).days + 1
        return [FIRST.date() + timedelta(days=place) for place in range(count)]
    return chosen_days()


@pytest.mark.parametrize("day", days(), ids=str)
def test_no_window_is_unlawful(con: duckdb.DuckDBPyConnection, bench: Bench, day: date) -> None:
    clock = CLOCKS[day.toordinal() % len(CLOCKS)]
    verdict = judged(con, bench, datetime.combine(day, clock))
    assert verdict.broken == {}
    assert verdict.candidates >= 5


def test_the_world_has_overseas_customers(bench: Bench) -> None:
    departments = set(bench.facts.departments.values())
    assert {"971", "972", "974", "988"} <= departments
