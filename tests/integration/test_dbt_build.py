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
    # `dbt run` makes no snapshot: on a new warehouse the history is empty then, and says why.
    with duckdb.connect(str(world.settings.warehouse)) as con:
        con.execute("drop table restricted.customer_360_states")
    done = world.dbt_of_a_user("run", "--select", "customer_360_history")
    assert done.returncode == 0, done.stdout[-5000:]
    assert "run dbt build, or dbt snapshot before dbt run" in done.stdout
    assert world.rows("select count(*) from marts.customer_360_history") == [(0,)]
