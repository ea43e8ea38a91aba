"""Every window in which the models would call, judged by the law in plain Python.

Five months of a sample world, July to November 2026, with facts and signs added so that each rule
has something to forbid. Twelve days are judged, all others among the long tests. There each rule is
broken in turn too, and the oracle must notice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.conftest import World
from tests.integration.contact_law.bench import Bench, judge
from tests.integration.contact_law.landing import write_landing
from tests.integration.contact_law.replay import (
    CLOCK,
    compiled_steps,
    copy_of,
    make_tables,
)
from tests.integration.contact_law.scratch import (
    DAY_ONE,
    Case,
    Limits,
    Scratch,
    allowed_days,
)
from tests.integration.contact_law.world import (
    CHANGED,
    FIRST,
    LAST,
    Stress,
    chosen_days,
    read_facts,
)

pytestmark = pytest.mark.slow
CUSTOMERS = 150
#: Runs in the small hours, at noon, and within the last lawful hour of Paris.
CLOCKS = (time(0, 0), time(9, 30), time(17, 45))
RULES = "update seeds.contact_rules set {} where rule_id = '{}'"
#: What is broken, how, on which day it shows (the other chosen days are tried where it doesn't),
#: and what the oracle must say. "withheld" is a rule without which calls that the law allows are
#: left out.
MUTATIONS = {
    "fr_weekdays": ("weekdays = '1234567'", date(2026, 7, 10), "P1"),
    "fr_public_holidays": ("rule = 'none'", date(2026, 7, 13), "P1"),
    "fr_morning": ("opens_at = '08:30'", date(2026, 9, 16), "P2"),
    "fr_afternoon": ("closes_at = '20:30'", date(2026, 9, 16), "P2"),
    "fr_attempts": ("max_attempts = 5", date(2026, 11, 27), "P3"),
    "fr_refusal": ("days = 30", date(2026, 9, 16), "P4"),
    "fr_agreed_time_consent": ("rule = 'none'", date(2026, 7, 10), "withheld"),
    "fr_agreed_time": ("rule = 'none'", date(2026, 9, 16), "withheld"),
    "fr_opt_out": ("valid_to = date '2026-07-01'", date(2026, 7, 13), "withheld"),
    "fr_opt_in": ("codes = 'request|consent|legitimate_interest'", date(2026, 8, 11), "P6"),
    "fr_running_contract": ("codes = 'none'", date(2026, 8, 11), "withheld"),
    "fr_bloctel": ("valid_to = date '2026-08-05'", date(2026, 8, 7), "P10"),
    "fr_objection": ("codes = 'internal'", date(2026, 11, 10), "GDPR21"),
    "fr_caller_number": ("rule = 'none'", date(2026, 9, 16), "P12"),
    "fr_banned_sectors": ("rule = 'none'", date(2026, 9, 16), "P13"),
    "fr_insurance_step": ("rule = 'none'", date(2026, 7, 13), "I1"),
    "fr_insurance_documents": ("hours = 1", date(2026, 11, 10), "I3 documents"),
    "fr_insurance_no_interest": ("rule = 'none'", date(2026, 11, 27), "I3 no interest"),
    "fr_prospect_age": ("days = 1300", date(2026, 10, 25), "C3"),
}
#: Other seeds, and the SQL of models.
SEED_MUTATIONS = {
    "the clock of Réunion": (
        "update seeds.holiday_zones set time_zone = 'Europe/Paris' where zone = 'la_reunion'",
        date(2026, 9, 16),
        "P2",
    ),
    "11 November": (
        "delete from seeds.public_holidays where date = date '2026-11-11'",
        date(2026, 11, 10),
        "P1",
    ),
    "refusals": (
        "update seeds.lead_results set is_refusal = false",
        date(2026, 9, 16),
        "P4",
    ),
}
MODEL_MUTATIONS = {
    "a consent without proof": (
        "and decisions.proof_ref is not null",
        "",
        date(2026, 9, 16),
        "P6",
    ),
    "a consent that ran out": (
        "coalesce(decisions.expires_at,",
        "coalesce(null,",
        date(2026, 11, 27),
        "P6",
    ),
    "attempts on the number": (
        "on reach.key_type = 'phone_hash' and attempts.phone_hash",
        "on false and attempts.phone_hash",
        date(2026, 11, 27),
        "P4",
    ),
    "an entry of Bloctel without a date": (
        "effective_at is not null as is_dated",
        "true as is_dated",
        date(2026, 7, 10),
        "P10",
    ),
    "devices of the person": (
        "where members.identifier_type <> 'customer_id'",
        "where members.identifier_type not in ('customer_id', 'visitor_id')",
        date(2026, 11, 10),
        "GDPR21",
    ),
    "numbers and addresses of the person": (
        "where members.identifier_type <> 'customer_id'",
        "where false",
        date(2026, 11, 10),
        "I3 documents",
    ),
}


@pytest.fixture(scope="module")
def bench(make_world: Callable[..., World], tmp_path_factory: pytest.TempPathFactory) -> Bench:
    landing = tmp_path_factory.mktemp("law") / "landing"
    write_landing(landing, FIRST, LAST, CUSTOMERS)
    world = make_world(CLOCK, landing)
    world.ingest()
    done = world.dbt("run", "--quiet", "--select", "+int_e_rebond__calling_windows")
    assert done.returncode == 0, done.stdout[-3000:]
    steps = compiled_steps(world)
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


def days() -> list[Any]:
    """All days from the first to the last; those that aren't chosen are long tests."""
    count = (LAST - FIRST).days + 1
    every = [FIRST.date() + timedelta(days=place) for place in range(count)]
    return [
        pytest.param(day, marks=[] if day in chosen_days() else pytest.mark.long) for day in every
    ]


def run_at(day: date) -> datetime:
    return datetime.combine(day, CLOCKS[day.toordinal() % len(CLOCKS)])


@pytest.mark.parametrize("day", days(), ids=str)
def test_no_window_is_unlawful(con: duckdb.DuckDBPyConnection, bench: Bench, day: date) -> None:
    verdict = judge(con, bench, run_at(day))
    assert verdict.broken == {}
    assert verdict.called >= 20
    # where several facts cut one window, a little more than they forbid is left out
    assert verdict.withheld <= 0.005 * verdict.lawful


def test_overseas_customers_are_in_the_world(bench: Bench) -> None:
    assert {"971", "972", "974", "988"} <= set(bench.facts.departments.values())


def notice(con: duckdb.DuckDBPyConnection, bench: Bench, day: date, expected: str) -> None:
    """On its day, or where the world has nobody to show it then, on another of the twelve."""
    for tried in dict.fromkeys([day, *chosen_days()]):
        verdict = judge(con, bench, run_at(tried))
        if expected == "withheld" and verdict.withheld > 0.005 * verdict.lawful:
            return
        if verdict.broken[expected]:
            return
    pytest.fail(f"on none of the twelve days did the oracle notice: {expected}")


@pytest.mark.long
@pytest.mark.parametrize("rule_id", MUTATIONS)
def test_a_broken_rule_is_noticed(
    con: duckdb.DuckDBPyConnection, bench: Bench, rule_id: str
) -> None:
    change, day, expected = MUTATIONS[rule_id]
    con.execute(RULES.format(change, rule_id))
    if rule_id == "fr_caller_number":
        con.execute("update seeds.calling_numbers set number = '+33639980001'")
    notice(con, bench, day, expected)


def test_every_rule_is_broken_once(bench: Bench, con: duckdb.DuckDBPyConnection) -> None:
    rules = con.execute("select rule_id from seeds.contact_rules").fetchall()
    assert {rule_id for (rule_id,) in rules} == set(MUTATIONS)


@pytest.mark.long
@pytest.mark.parametrize("seed", SEED_MUTATIONS)
def test_a_broken_seed_is_noticed(con: duckdb.DuckDBPyConnection, bench: Bench, seed: str) -> None:
    change, day, expected = SEED_MUTATIONS[seed]
    con.execute(change)
    notice(con, bench, day, expected)


@pytest.mark.long
@pytest.mark.parametrize("mutation", MODEL_MUTATIONS)
def test_a_broken_model_is_noticed(
    con: duckdb.DuckDBPyConnection, bench: Bench, mutation: str
) -> None:
    before, after, day, expected = MODEL_MUTATIONS[mutation]
    steps = [replace(step, sql=step.sql.replace(before, after)) for step in bench.steps]
    assert steps != list(bench.steps)
    notice(con, replace(bench, steps=steps), day, expected)


def test_a_number_that_must_not_be_shown_calls_nobody(
    con: duckdb.DuckDBPyConnection, bench: Bench
) -> None:
    con.execute("update seeds.calling_numbers set number = '+33639980001'")
    assert judge(con, bench, run_at(date(2026, 9, 16))).called == 0


@pytest.fixture(scope="module")
def scratch(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    made = Scratch(tmp_path_factory.mktemp("scratch"), bench.warehouse, bench.steps)
    yield made
    made.con.close()


def afternoon(day: int, second: int) -> datetime:
    """A moment after that day's window: afternoon in Paris, night in Nouméa."""
    noon = datetime.combine(DAY_ONE, time(12, 30)) + timedelta(days=day)
    return noon + timedelta(seconds=second)


CASES = st.builds(
    Case,
    zone=st.sampled_from(["Europe/Paris", "Pacific/Noumea", "America/Martinique"]),
    limits=st.builds(
        Limits, attempts=st.integers(1, 5), days=st.integers(1, 40), pause=st.integers(0, 70)
    ),
    attempts=st.lists(
        st.tuples(
            st.builds(afternoon, st.integers(-40, 90), st.integers(0, 9 * 3600)),
            st.sampled_from([False, False, False, True]),
        ),
        max_size=12,
        unique_by=lambda attempt: attempt[0],
    ),
)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases=st.lists(CASES, min_size=1, max_size=20))
def test_caps_and_pauses_are_counted_in_the_consumer_s_days(
    scratch: Scratch, cases: list[Case]
) -> None:
    """Whatever the limits and the histories: neither a day more nor a day less."""
    assert scratch.open_days(cases) == [allowed_days(case) for case in cases]
