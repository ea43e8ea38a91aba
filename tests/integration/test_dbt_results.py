"""What a failed dbt test leaves behind: its owner and the keys of the rows that it found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import duckdb

from orchestration.checks import from_dbt
from orchestration.dbt_runner import DbtProject
from orchestration.settings import PROJECT_DIR
from tests.integration.conftest import World

CUSTOMERS = "customer_id,created_at,exported_at\nC1,2026-10-01T08:00:00Z,2026-10-30T08:00:00Z\n"


def test_a_failed_test_has_an_owner_and_its_rows_have_names(
    make_world: Callable[..., World],
) -> None:
    world = make_world("2026-10-31T22:00:00Z")
    world.put("crm/customers/customers.csv", CUSTOMERS)
    world.ingest()
    with duckdb.connect(str(world.home / "warehouse.duckdb")) as con:
        # Two results of one check in one run, and one of another run.
        con.execute(
            "insert into audit.check_results by name select unnest(['r1', 'r1', 'r2']) as run_id, "
            "timestamp '2026-10-31 22:00:00' as as_of, 'raw' as layer, 't' as table_name, "
            "'c' as check_name, 'critical' as severity, 'passed' as status, false as is_waived, "
            "timestamp '2026-10-31 22:00:00' as checked_at"
        )
    only = ["stg_audit__check_results", "stg_crm__customers"]
    result = DbtProject(PROJECT_DIR, world.home).build(
        "staging", as_of=world.settings.as_of, only=only
    )
    assert result.broken == {}
    (failed,) = [test for test in result.tests if test.status != "passed"]
    assert failed.table_name == "stg_audit__check_results"
    assert (failed.failing_count, failed.failing_row_ids) == (1, ("r1",))
    assert failed.owner == "data_platform"
    assert from_dbt(failed).failing_row_ids == "r1"
    assert from_dbt(replace(failed, failing_row_ids=("a", "b"))).failing_row_ids == "a, b"
    owners = {test.owner for test in result.tests if test.table_name == "stg_crm__customers"}
    assert owners == {"crm_office"}
