"""Who sees what: beside the whole publication a database for each audience.

`seeds/access_policy.csv` has a row for each mart and audience that sees it: `columns` is `*` or
names joined by `|`. What `all` sees every audience sees; the steward sees everything. A mart
without a row isn't published to anybody by mistake: it stops the publication.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb

from orchestration.warehouse import quoted

STEWARD = "steward"
EVERYBODY = "all"
AUDIENCES = (EVERYBODY, "contact_centre", "marketing", STEWARD)
WHOLE = "*"
DATABASE = "bi.duckdb"

#: Columns by mart, for each audience; the steward isn't among them.
Grants = dict[str, dict[str, list[str]]]


class PolicyError(RuntimeError):
    """The access policy doesn't fit the marts; the message names what is wrong."""


def read_policy(path: Path) -> list[dict[str, str]]:
    """Rows of an access policy: mart, audience, columns, note."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def grants_of(policy: Iterable[Mapping[str, str]], marts: Mapping[str, Iterable[str]]) -> Grants:
    """What each audience but the steward sees, by the policy and the marts' columns.

    Raises PolicyError for a mart without a row, and for a mart, a column or an audience that
    isn't there.
    """
    known = {mart: list(columns) for mart, columns in marts.items()}
    wrong: list[str] = []
    seen: dict[tuple[str, str], set[str]] = {}
    for row in policy:
        mart, audience = row["mart"], row["audience"]
        if mart not in known:
            wrong.append(f"{mart} is no mart")
            continue
        if audience not in AUDIENCES:
            wrong.append(f"{mart}: {audience} is no audience")
        columns = known[mart] if row["columns"] == WHOLE else row["columns"].split("|")
        wrong += [f"{mart} has no column {c!r}" for c in columns if c not in known[mart]]
        seen.setdefault((audience, mart), set()).update(columns)
    named = {mart for _, mart in seen}
    wrong += [f"{mart} has no row" for mart in sorted(known.keys() - named)]
    if wrong:
        raise PolicyError("seeds/access_policy.csv: " + "; ".join(wrong))
    found: Grants = {}
    for audience in AUDIENCES:
        if audience == STEWARD:
            continue
        found[audience] = {}
        for mart, columns in sorted(known.items()):
            allowed = seen.get((audience, mart), set()) | seen.get((EVERYBODY, mart), set())
            if allowed:
                found[audience][mart] = [column for column in columns if column in allowed]
    return found


def columns_of(database: Path) -> dict[str, list[str]]:
    """The columns of each mart of a published database, in their order."""
    with duckdb.connect(str(database), read_only=True) as con:
        rows = con.execute(
            "select table_name, column_name from duckdb_columns() "
            "where schema_name = 'marts' order by table_name, column_index"
        ).fetchall()
    found: dict[str, list[str]] = {}
    for mart, column in rows:
        found.setdefault(mart, []).append(column)
    return found


def write_audiences(folder: Path, grants: Grants) -> None:
    """Write `<folder>/<audience>/bi.duckdb` from `<folder>/bi.duckdb`, which is closed and whole.

    The steward's is the same file under a second name, so it takes no room.
    """
    whole = folder / DATABASE
    for audience, marts in grants.items():
        target = folder / audience / DATABASE
        target.parent.mkdir()
        with duckdb.connect(str(target)) as con:
            con.execute("set TimeZone = 'UTC'")
            con.execute("set preserve_insertion_order = false")
            con.execute(f"attach {_literal(str(whole))} as whole (read_only)")
            con.execute("create schema marts")
            for mart, columns in marts.items():
                chosen = ", ".join(map(quoted, columns))
                name = f"marts.{quoted(mart)}"
                con.execute(f"create table {name} as select {chosen} from whole.{name}")
                copy_comments(con, "whole", mart)
            con.execute("detach whole")
            con.execute("checkpoint")
    steward = folder / STEWARD / DATABASE
    steward.parent.mkdir()
    try:
        os.link(whole, steward)
    except OSError:  # a file system without second names
        shutil.copy2(whole, steward)


def published_grants(folder: Path) -> Grants | None:
    """What a published version shows to each audience; none where it has no audiences."""
    found = {
        audience: columns_of(folder / audience / DATABASE)
        for audience in AUDIENCES
        if audience != STEWARD and (folder / audience / DATABASE).is_file()
    }
    return found or None


def copy_comments(con: duckdb.DuckDBPyConnection, database: str, mart: str) -> None:
    """Copy descriptions of a mart of an attached database to ours, for the columns that it has."""
    target = f"marts.{quoted(mart)}"
    here = {row[0] for row in con.execute(f"describe {target}").fetchall()}
    of_mart = "where database_name = ? and table_name = ? and comment is not null"
    for (text,) in con.execute(
        f"select comment from duckdb_tables() {of_mart}", [database, mart]
    ).fetchall():
        con.execute(f"comment on table {target} is {_literal(text)}")
    columns = con.execute(
        f"select column_name, comment from duckdb_columns() {of_mart}", [database, mart]
    ).fetchall()
    for column, text in columns:
        if column in here:
            con.execute(f"comment on column {target}.{quoted(column)} is {_literal(text)}")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
