"""Two copies of a mart, one an engine: are they the same multiset of rows?"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

#: Money, credits and rates may differ by so much: engines add up doubles in their own order.
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Difference:
    """Rows of each copy, rows without a twin, and an example by column that differs."""

    left_rows: int
    right_rows: int
    unmatched: int
    example: str

    def __bool__(self) -> bool:
        return bool(self.unmatched or self.left_rows != self.right_rows)


def compared(con: duckdb.DuckDBPyConnection, left: str, right: str) -> Difference:
    """How two relations differ as multisets: fractions within TOLERANCE, all else exactly.

    Rows are paired in the order of their exact columns, then of their fractions rounded; times are
    UTC to the microsecond. Raises ValueError where names or types of columns differ.
    """
    columns = _columns(con, left)
    other = _columns(con, right)
    if columns != other:
        raise ValueError(f"columns differ: {sorted(set(columns.items()) ^ set(other.items()))}")
    fractions = [name for name, kind in columns.items() if kind == "DOUBLE"]
    exact = [name for name in columns if name not in fractions]
    order = ", ".join([f'"{name}"' for name in exact] + [f'round("{n}", 6)' for n in fractions])
    for side, relation in (("l", left), ("r", right)):
        con.execute(
            f"create or replace temp table compared_{side} as select {_selected(con, relation)}, "
            f"row_number() over (order by {order or 1}) as _place from {relation}"
        )
    unequal = {name: f'l."{name}" is distinct from r."{name}"' for name in exact}
    unequal |= {
        name: f'coalesce(abs(l."{name}" - r."{name}") '
        f'> {TOLERANCE} * greatest(1, abs(l."{name}")), '
        f'l."{name}" is distinct from r."{name}")'
        for name in fractions
    }
    pairs = "compared_l as l full join compared_r as r on l._place = r._place"
    both = "l._place is not null and r._place is not null"
    anything = " or ".join(["l._place is null", "r._place is null", *unequal.values()])
    counts = con.execute(
        f"select (select count(*) from compared_l), (select count(*) from compared_r), "
        f"count(*) filter (where {anything}) from {pairs}"
    ).fetchone()
    assert counts is not None
    example = ""
    for name, condition in unequal.items() if counts[2] else ():
        row = con.execute(
            f'select l."{name}", r."{name}" from {pairs} where {both} and ({condition}) limit 1'
        ).fetchone()
        if row:
            example += f"{name}: {row[0]} / {row[1]}; "
    return Difference(*counts, example)


def _columns(con: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    """Names and types; the second engine's instants and integers are taken for DuckDB's."""
    rows = con.execute(f"describe select * from {relation}").fetchall()
    return {name: "TIMESTAMP" if kind.startswith("TIMESTAMP") else kind for name, kind, *_ in rows}


def _selected(con: duckdb.DuckDBPyConnection, relation: str) -> str:
    rows = con.execute(f"describe select * from {relation}").fetchall()
    return ", ".join(
        f'"{name}" at time zone \'UTC\' as "{name}"'
        if kind == "TIMESTAMP WITH TIME ZONE"
        else f'"{name}"'
        for name, kind, *_ in rows
    )
