"""The tests of the data are tested: every entry of every suite is shown a batch that breaks it.

For each suite a good batch is made from the table's own column list, and must pass whole. Then,
entry by entry, a mutation chosen by the expectation's type breaks the batch, and exactly that entry
must fail. A type without a mutation, or a condition without one, fails the test.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import batches  # type: ignore[import-not-found]
import duckdb
import pytest

from expectations import runner
from expectations.catalogue import CATALOGUE
from expectations.engines import DuckDBEngine
from expectations.registry import LAYERS, Suite, load_suites

SUITES = {s.name: s for layer in LAYERS for s in load_suites(layer).values()}


def test_every_type_has_a_mutation_and_is_used() -> None:
    used = {entry.type for suite in SUITES.values() for entry in suite.entries}

    assert used == set(CATALOGUE)
    assert used == set(batches.MUTATIONS)


def test_every_condition_has_a_mutation() -> None:
    conditions = {
        (suite.name, entry.name)
        for suite in SUITES.values()
        for entry in suite.entries
        if entry.type == "no_rows_where"
    }

    assert conditions == set(batches.CONDITION_BREAKERS)


def broken_name(suite: Suite, position: int) -> str:
    return f"{suite.table}__broken_{position}"


@dataclass(frozen=True)
class Session:
    """One open run over the file of batches, for all tests of this module."""

    run: Any

    def failed(self, suite: Suite, table: str) -> set[str]:
        """Checks that Great Expectations finds failed on a table."""
        results = runner._validate_table(self.run, replace(suite, table=table), None, [])
        errors = {r.check: r.observed for r in results if r.status == "error"}
        assert not errors
        return {r.check for r in results if r.status == "failed"}

    def failed_in_sql(self, suite: Suite, table: str) -> set[str]:
        """The same, found by SQL of the tests' own: quick enough to ask every entry each time."""
        source = f'{suite.layer}."{table}"'
        total = self.run.engine.execute(f"select count(*) from {source}")[0][0]
        return {
            entry.name
            for entry in suite.entries
            if not batches.passes(self.run.engine.execute, suite, entry, source, total)
        }


@pytest.fixture
def suite(request: pytest.FixtureRequest) -> Suite:
    return SUITES[request.param]


@pytest.fixture
def session(suite: Suite, tmp_path: Path) -> Iterator[Session]:
    """A warehouse with the suite's good batch, and a broken one for each of its entries."""
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        for schema in (suite.layer, "audit"):
            connection.execute(f"create schema {schema}")
        connection.execute(batches.GOOD_FILES)
        good = batches.GoodBatch(suite)
        good.create(connection, suite.table)
        for position, entry in enumerate(suite.entries):
            table = broken_name(suite, position)
            good.create(connection, table)
            good.break_(connection, table, entry)
    clocks, site = (batches.AS_OF, batches.AS_OF), tmp_path / "site"
    engine = DuckDBEngine(path)
    with runner._quiet(), runner._open(engine, site) as context:
        yield Session(runner._Run(context, engine, *clocks, "run", tmp_path, site))


@pytest.mark.parametrize("suite", sorted(SUITES), indirect=True)
def test_each_entry_fails_on_its_bad_batch_and_no_other(suite: Suite, session: Session) -> None:
    broken = {e.name: broken_name(suite, i) for i, e in enumerate(suite.entries)}

    assert session.failed(suite, suite.table) == set()
    for entry in suite.entries:
        alone = replace(suite, entries=(entry,))
        assert session.failed(alone, broken[entry.name]) == {entry.name}
    assert {e: session.failed_in_sql(suite, table) for e, table in broken.items()} == {
        e: {e} for e in broken
    }
