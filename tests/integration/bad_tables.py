"""Checks of dbt's on tables made by hand: good ones, and ones that break a check each."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

import duckdb

from tests.integration.conftest import World


def empty_world(make_world: Callable[..., World]) -> World:
    """A home without rows, whose tables the checks may be shown."""
    made = make_world("2026-10-05 07:00:00")
    made.ingest()
    return made


def failed(world: World, checks: Collection[str], *statements: str) -> set[str]:
    """Which checks fail once the statements have made their tables. All must have run."""
    with duckdb.connect(str(world.home / "warehouse.duckdb")) as con:
        for statement in statements:
            con.execute(statement)
    told = world.dbt("test", "--select", *checks).stdout
    verdicts = {name: re.search(rf"(PASS|(?:FAIL|WARN) \d+) {name} ", told) for name in checks}
    assert all(verdicts.values()), told[-3000:]
    return {name for name, verdict in verdicts.items() if verdict and verdict[1] != "PASS"}


def assert_each_is_noticed(world: World, good: str, bad: Mapping[str, str]) -> None:
    """No check fails on the good tables; each fails, and it alone, on the change meant for it."""
    assert failed(world, bad, good) == set()
    for check, change in bad.items():
        assert failed(world, bad, good, change) == {check}
