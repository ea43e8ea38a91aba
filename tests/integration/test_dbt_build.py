"""`dbt build` on its own: every model and each one's unit tests, without any file.

Data tests look at rows: whole runs have them (test_whole_run.py).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest

from tests.integration.conftest import World

#: An equality between two columns in a plan's words; `<=`, `>=` and `!=` are none.
EQUALITY = re.compile(r"(?<![<>!])= ")


@pytest.fixture(scope="module")
def built(make_world: Callable[..., World]) -> World:
    """A warehouse without rows after a whole `dbt build`."""
    world = make_world("2026-10-31T22:00:00Z")
    world.landing.mkdir(parents=True)
    world.ingest()
    done = world.dbt("build", "--quiet", "--write-json", "--exclude-resource-type", "test")
    assert done.returncode == 0, done.stdout[-5000:]
    return world


@pytest.mark.slow
def test_dbt_build_passes_on_empty_raw_tables(built: World) -> None:
    results = json.loads((built.home / "dbt" / "run_results.json").read_text(encoding="utf-8"))
    outcomes = Counter(
        (result["unique_id"].split(".")[0], result["status"]) for result in results["results"]
    )
    assert {status for _, status in outcomes} <= {"success", "pass"}
    assert outcomes["unit_test", "pass"] > 40


@pytest.mark.slow
def test_joins_on_equal_keys_are_hashed(built: World) -> None:
    found = list(joins_of_every_row(built, "models/**/int_*.sql"))
    assert not found, "\n".join(f"{name}: {condition}" for name, condition in found)


@pytest.mark.slow
def test_a_join_of_every_row_is_found(built: World) -> None:
    """A condition on the left table alone keeps an outer join from being hashed."""
    folder = built.home / "dbt" / "compiled" / "passerelle" / "broken"
    folder.mkdir()
    (folder / "int_broken.sql").write_text(
        "select calls.call_id from intermediate.int_canonical__calls as calls "
        "left join intermediate.int_canonical__customers as customers "
        "on calls.direction = 'inbound' and calls.customer_id = customers.customer_id",
        encoding="utf-8",
    )
    assert [name for name, _ in joins_of_every_row(built, "broken/*.sql")] == ["int_broken"]


@pytest.mark.slow
def test_the_history_has_one_state_of_a_person_at_a_time(built: World) -> None:
    # Two runs of one clock, and a clock set back: a person has one state at a time that begins.
    with duckdb.connect(str(built.settings.warehouse)) as con:
        con.execute(
            "insert into restricted.customer_360_states by name "
            "select person_id, segment, cast(since as timestamp) as valid_from_at, "
            "cast(until as timestamp) as valid_to_at, person_id || since as dbt_scd_id, "
            "0 as contract_count, 0 as product_count, false as is_sales_hold from (values "
            "('p1', 'replaced', '2026-10-31', '2026-10-31'), ('p1', 'now', '2026-10-31', null), "
            "('p2', 'before', '2026-10-01', '2026-10-31'), "
            "('p2', 'undone', '2026-10-31', '2026-10-01'), ('p2', 'now', '2026-10-01', null)) "
            "as states (person_id, segment, since, until)"
        )
    done = built.dbt("run", "--quiet", "--select", "customer_360_history")
    assert done.returncode == 0, done.stdout[-5000:]
    told = "select person_id, segment from marts.customer_360_history order by all"
    assert built.rows(told) == [("p1", "now"), ("p2", "now")]
    # `dbt run` makes no snapshot: on a new warehouse the history is empty then, and says why.
    with duckdb.connect(str(built.settings.warehouse)) as con:
        con.execute("drop table restricted.customer_360_states")
    done = built.dbt("run", "--select", "customer_360_history")
    assert done.returncode == 0, done.stdout[-5000:]
    assert "run dbt build, or dbt snapshot before dbt run" in done.stdout
    assert built.rows("select count(*) from marts.customer_360_history") == [(0,)]


@pytest.mark.long
def test_dbt_build_works_from_the_root_of_the_repository(make_world: Callable[..., World]) -> None:
    world = make_world("2026-10-31T22:00:00Z")
    world.seed()
    done = world.dbt_of_a_user(
        "build", "--quiet", "--select", "+fct_sessions", "--indirect-selection", "cautious"
    )
    assert done.returncode == 0, done.stdout[-5000:]
    assert world.rows("from marts.fct_sessions") == []


def joins_of_every_row(world: World, pattern: str) -> Iterator[tuple[str, str]]:
    """Name and condition of the outer joins that have an equality and compare all rows with all.

    Patterns of a rule (LIKE, OR) are compared that way on purpose, with distinct values.
    """
    with duckdb.connect(str(world.settings.warehouse), read_only=True) as con:
        for path in sorted((world.home / "dbt" / "compiled" / "passerelle").glob(pattern)):
            if path.parent.suffix:
                continue  # a test of the model beside it
            ((_, plan),) = con.execute(f"explain (format json) {path.read_text()}").fetchall()
            for condition in _conditions(json.loads(plan)):
                if EQUALITY.search(condition) and not re.search(r"~~| OR ", condition):
                    yield path.stem, condition


def _conditions(nodes: list[dict[str, Any]]) -> Iterator[str]:
    for node in nodes:
        extra = node.get("extra_info") or {}
        if node.get("name") == "BLOCKWISE_NL_JOIN" and extra.get("Join Type") != "INNER":
            yield extra["Condition"]
        yield from _conditions(node.get("children", []))
