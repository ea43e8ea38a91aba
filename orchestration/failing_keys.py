"""Which rows a failed dbt test found: keys only, never values that identify people."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from orchestration.warehouse import connect, quoted

LIMIT = 20
HARMLESS_CLASSES = frozenset({"none", "pseudonym"})
_KEY = re.compile(r"_(?:id|key)$")
#: dbt's own tests give the tested column back under these names.
_RENAMED = frozenset({"unique_field", "from_field"})
#: An id that could be a person's name or address (docs/privacy.md) isn't shown.
_PERSONAL = re.compile(r"@|%40|\s")


def failing_keys(
    warehouse: Path, queries: Mapping[str, tuple[str, str]], personal: frozenset[str]
) -> dict[str, tuple[str, ...]]:
    """Keys of the rows that each test finds, by the test's id.

    `queries` gives a test's compiled SQL and the column that it looks at ("" where it is of no
    column); columns named in `personal` are left out.
    A test whose rows have no key, or that can't be run again, has none.
    """
    if not queries:
        return {}
    con = connect(warehouse, read_only=True)
    try:
        return {name: _keys(con, *query, personal) for name, query in queries.items()}
    finally:
        con.close()


def personal_columns(manifest: Mapping[str, Any]) -> frozenset[str]:
    """Names of the columns that the contract classes as identifying people."""
    return frozenset(
        name
        for source in manifest["sources"].values()
        for name, column in source["columns"].items()
        if column.get("config", {}).get("meta", {}).get("pii", "none") not in HARMLESS_CLASSES
    )


def key_column(columns: Sequence[str], tested: str, personal: frozenset[str]) -> str | None:
    """The first column of a test's rows that is a key and names nobody."""
    for column in columns:
        name = tested if column in _RENAMED else column
        if _KEY.search(name) and name not in personal:
            return column
    return None


def _keys(
    con: duckdb.DuckDBPyConnection, sql: str, tested: str, personal: frozenset[str]
) -> tuple[str, ...]:
    try:
        columns = con.execute(f"select * from (\n{sql}\n) as found limit 0").description or []
        key = key_column([column[0] for column in columns], tested, personal)
        if key is None:
            return ()
        rows = con.execute(
            f"select distinct cast({quoted(key)} as varchar) from (\n{sql}\n) as found "
            f"where {quoted(key)} is not null order by 1 limit {LIMIT}"
        ).fetchall()
    except duckdb.Error:
        return ()
    return tuple(value for (value,) in rows if not _PERSONAL.search(value))
