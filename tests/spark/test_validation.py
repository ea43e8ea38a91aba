"""The suites on Spark: every type of expectation and every condition, on a good and a bad batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations import runner
from expectations.catalogue import CATALOGUE
from expectations.engines import SparkEngine
from expectations.registry import Entry, Suite, load_suites
from orchestration.dbt_results import LAYERS
from orchestration.validation import Validator
from tests.unit.expectations import batches

pytestmark = pytest.mark.spark

SUITES = [suite for layer in LAYERS for suite in load_suites(layer).values()]
#: These look at files while they are loaded, which the warehouse's validator does.
OF_RAW = {"keys_do_not_conflict", "files_mostly_parsed"}


def chosen() -> list[tuple[Suite, Entry]]:
    """Each type of expectation once, and every condition."""
    found: dict[str, tuple[Suite, Entry]] = {}
    for suite in SUITES:
        for entry in suite.entries:
            key = entry.type
            if entry.type == "no_rows_where":
                key = f"{suite.name}.{entry.name}"
            found.setdefault(key, (suite, entry))
    return list(found.values())


CASES = chosen()


@dataclass(frozen=True)
class Tables:
    """Batches as Spark's tables, judged on Spark."""

    run: Any
    session: Any
    folder: Path

    def put(self, suite: Suite, table: str, entry: Entry, *, is_broken: bool = False) -> Suite:
        """A good batch, or one that breaks the entry, as a table; the suite of that entry alone."""
        parquet = self.folder / f"{table}.parquet"
        with duckdb.connect() as con:
            con.execute(f"create schema {suite.layer}")
            good = batches.GoodBatch(suite)
            good.create(con, table)
            if is_broken:
                good.break_(con, table, entry)
            con.execute(f"copy {suite.layer}.{table} to '{parquet}' (format parquet)")
        self.session.sql(f"create schema if not exists {suite.layer}")
        frame = self.session.read.parquet(str(parquet))
        frame.write.mode("overwrite").saveAsTable(f"{suite.layer}.{table}")
        return replace(suite, table=table, entries=(entry,))

    def judged(self, suite: Suite) -> dict[str, Any]:
        """Results by check; none may be an error."""
        results = {r.check: r for r in runner._validate_table(self.run, suite, None, [])}
        assert not {r.check: r.observed for r in results.values() if r.status == "error"}
        return results


@pytest.fixture(scope="module")
def tables(session: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tables]:
    folder = tmp_path_factory.mktemp("batches")
    engine, clocks = SparkEngine(session), (batches.AS_OF, batches.AS_OF)
    with runner._quiet(), runner._open(engine, folder / "site") as context:
        run = runner._Run(context, engine, *clocks, "run", folder, folder / "site")
        yield Tables(run, session, folder)


def test_every_type_is_judged() -> None:
    assert {entry.type for _, entry in CASES} == set(CATALOGUE) - OF_RAW


@pytest.mark.parametrize(("suite", "entry"), CASES, ids=[f"{s.name}-{e.name}" for s, e in CASES])
def test_a_bad_batch_fails_and_a_good_one_passes(
    tables: Tables, suite: Suite, entry: Entry
) -> None:
    name = f"{suite.table}__{entry.name}"
    good = tables.judged(tables.put(suite, f"{name}__good", entry))[entry.name]
    assert good.status == "passed", good
    bad = tables.judged(tables.put(suite, f"{name}__bad", entry, is_broken=True))[entry.name]
    assert bad.status == "failed"
    if entry.definition.scope == "rows":
        assert bad.failing_count > 0
        assert bad.failing_row_ids or not suite.key


@pytest.mark.parametrize("kind", ["shares_stay_stable", "volume_stays_stable"])
def test_a_table_of_one_row_is_too_little_and_no_error(tables: Tables, kind: str) -> None:
    suite, entry = next(case for case in CASES if case[1].type == kind)
    alone = tables.put(suite, f"{suite.table}__{kind}__one", entry)
    tables.session.table(f"{suite.layer}.{alone.table}").limit(1).write.saveAsTable(
        f"{suite.layer}.{alone.table}_row"
    )
    result = tables.judged(replace(alone, table=f"{alone.table}_row"))[entry.name]
    assert (result.status, result.observed) == ("passed", "too few rows")


def test_the_validator_asks_the_warehouse_of_raw_tables() -> None:
    from orchestration.settings import Settings
    from orchestration.spark.project import SparkValidator

    asked = []

    class Raw(Validator):
        def validate(self, layer: str, tables: Any, **_: Any) -> list[Any]:
            asked.append((layer, list(tables)))
            return []

        def close(self) -> None:
            asked.append(("closed", []))

    validator = SparkValidator(Settings.load(as_of="2026-03-02"), Raw())
    assert validator.validate("raw", ["crm__customers"], run_id="r") == []
    validator.close()
    assert asked == [("raw", ["crm__customers"]), ("closed", [])]
