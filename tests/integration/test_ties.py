"""Of copies of a key that tie but differ the same one is chosen, wherever they lie."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pytest

from tests.integration.conftest import World

# A table's columns and two rows of one key and one moment that say different things.
TIES = {
    "surveys/flat": (
        "response_id,question_id,survey,answered_at,kind,scale_min,scale_max,score",
        "R{i},q,s,2026-10-20T10:00:00Z,nps,0,10,{score}",
        "stg_surveys__flat",
        "response_id, score",
    ),
    "crm/customers": (
        "customer_id,created_at,segment",
        "C{i},2026-10-01T08:00:00Z,segment {score}",
        "stg_crm__customers",
        "customer_id, segment",
    ),
    "crm/contacts": (
        "contact_id,customer_id,channel,direction,occurred_at,outcome",
        "K{i},C{i},email,inbound,2026-10-20T10:00:00Z,code_{score}",
        "stg_crm__contacts",
        "contact_id, outcome",
    ),
    "crm/contracts": (
        "contract_id,customer_id,product_id,role,opened_at,premium",
        "P{i},C{i},auto,holder,2026-10-20T10:00:00Z,{score}",
        "stg_crm__contracts",
        "contract_id, premium",
    ),
}


@pytest.fixture(scope="module")
def world(make_world: Callable[..., World]) -> World:
    """A home without files, its staging views built once."""
    made = make_world("2026-10-31T22:00:00Z")
    made.landing.mkdir(parents=True)
    made.ingest()
    done = made.dbt("run", "--quiet", "--select", *(model for *_, model, _ in TIES.values()))
    assert done.returncode == 0, done.stdout[-3000:]
    return made


def forget(world: World, table: str) -> None:
    """The home as before any file of a table."""
    for path in (world.landing / table).iterdir():
        path.unlink()
    with duckdb.connect(str(world.home / "warehouse.duckdb")) as con:
        con.execute(f"delete from raw.{table.replace('/', '__')}")
        con.execute("delete from audit.files")


@pytest.mark.parametrize("table", TIES)
def test_of_two_that_differ_files_and_lines_choose_none(world: World, table: str) -> None:
    """Sixteen keys, each delivered twice at one moment: in two files, and the other way round."""
    header, line, model, columns = TIES[table]
    chosen = []
    for turned in (lambda _: False, lambda i: i % 2 == 1, lambda i: i % 3 == 0):
        for file in (0, 1):
            lines = [line.format(i=i, score=3 + 4 * (file ^ turned(i))) for i in range(16)]
            world.put(f"{table}/file_{file}.csv", "\n".join([header, *lines, ""]))
        report = world.ingest()
        assert {file.status for file in report.files} == {"loaded"}, report.files
        chosen.append(sorted(world.rows(f"select {columns} from staging.{model}")))
        assert len(chosen[-1]) == 16
        forget(world, table)
    assert chosen[0] == chosen[1] == chosen[2]
