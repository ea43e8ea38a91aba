"""`dbt build` on its own: every model, data test and unit test of a model, without any file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable

import duckdb
import pytest

from tests.integration.conftest import World


@pytest.mark.slow
def test_dbt_build_passes_on_empty_raw_tables(make_world: Callable[..., World]) -> None:
    world = make_world("2026-10-31T22:00:00Z")
    world.landing.mkdir(parents=True)
    world.ingest()
    done = world.dbt_of_a_user("build", "--quiet")
    assert done.returncode == 0, done.stdout[-5000:]
    results = json.loads((world.home / "dbt" / "run_results.json").read_text(encoding="utf-8"))
    outcomes = Counter(
        (result["unique_id"].split(".")[0], result["status"]) for result in results["results"]
    )
    assert {status for _, status in outcomes} <= {"success", "pass"}
    assert outcomes["unit_test", "pass"] > 40
    # Two runs of one clock, and a clock set back: a person has one state at a time that begins.
    with duckdb.connect(str(world.settings.warehouse)) as con:
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
    done = world.dbt_of_a_user("run", "--quiet", "--select", "customer_360_history")
    assert done.returncode == 0, done.stdout[-5000:]
    told = "select person_id, segment from marts.customer_360_history order by all"
    assert world.rows(told) == [("p1", "now"), ("p2", "now")]
    # `dbt run` makes no snapshot: on a new warehouse the history is empty then, and says why.
    with duckdb.connect(str(world.settings.warehouse)) as con:
        con.execute("drop table restricted.customer_360_states")
    done = world.dbt_of_a_user("run", "--select", "customer_360_history")
    assert done.returncode == 0, done.stdout[-5000:]
    assert "run dbt build, or dbt snapshot before dbt run" in done.stdout
    assert world.rows("select count(*) from marts.customer_360_history") == [(0,)]
