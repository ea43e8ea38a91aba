"""Who sees what: beside the whole publication a database for each audience.

`seeds/access_policy.csv` has a row for each mart and audience that sees it: `columns` is `*` or
names joined by `|`; `only_rows` is empty, or `column=a|b` or `column!=a|b`: which rows are shown.
What `all` sees every audience sees; the steward sees everything. A mart without a row isn't
published to anybody by mistake: it stops the publication.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.ingestion.casting import literal
from orchestration.publishing.comments import copy_comments
from orchestration.warehouse import quoted

STEWARD = "steward"
EVERYBODY = "all"
AUDIENCES = (EVERYBODY, "contact_centre", "marketing", STEWARD)
WHOLE = "*"
DATABASE = "bi.duckdb"
#: Beside the databases of a version: which rows of which mart an audience sees, where not all.
CONDITIONS = "row_conditions.json"
CONDITION = re.compile(r"(?P<column>\w+)(?P<sign>!?=)(?P<values>[^|]+(?:\|[^|]+)*)")


@dataclass(frozen=True)
class Grant:
    """What an audience sees of a mart: columns in the mart's order, and rows (empty: all)."""

    columns: tuple[str, ...]
    only_rows: str = ""

    def where(self) -> str:
        """The condition as SQL. A row without a value in the column isn't shown."""
        found = CONDITION.fullmatch(self.only_rows)
        if not found:
            return "true"
        values = ", ".join(map(literal, found["values"].split("|")))
        test = "not in" if found["sign"] == "!=" else "in"
        return f"coalesce({quoted(found['column'])} {test} ({values}), false)"


#: What each audience sees, by mart; the steward isn't among them.
Grants = dict[str, dict[str, Grant]]


class PolicyError(RuntimeError):
    """The access policy doesn't fit the marts; the message names what is wrong."""


def read_policy(path: Path) -> list[dict[str, str]]:
    """Rows of an access policy: mart, audience, columns, only_rows, note."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def grants_of(policy: Iterable[Mapping[str, str]], marts: Mapping[str, Iterable[str]]) -> Grants:
    """What each audience but the steward sees, by the policy and the marts' columns.

    Raises PolicyError for a mart without a row, for a mart, a column or an audience that isn't
    there, for a condition on rows that can't be read, and for one beside another row of the same
    mart and audience: nobody could say which of the two holds.
    """
    known = {mart: list(columns) for mart, columns in marts.items()}
    wrong: list[str] = []
    seen: dict[tuple[str, str], set[str]] = {}
    conditions: dict[tuple[str, str], list[str]] = {}
    for row in policy:
        mart, audience = row["mart"], row["audience"]
        if mart not in known:
            wrong.append(f"{mart} is no mart")
            continue
        if audience not in AUDIENCES:
            wrong.append(f"{mart}: {audience} is no audience")
        columns = known[mart] if row["columns"] == WHOLE else row["columns"].split("|")
        wrong += [f"{mart} has no column {c!r}" for c in columns if c not in known[mart]]
        only_rows = (row.get("only_rows") or "").strip()
        if only_rows:
            condition = CONDITION.fullmatch(only_rows)
            if not condition or condition["column"] not in known[mart]:
                wrong.append(f"{mart} has no rows {only_rows!r}")
        seen.setdefault((audience, mart), set()).update(columns)
        conditions.setdefault((audience, mart), []).append(only_rows)
    for audience, mart in seen:
        both = [*conditions[audience, mart]]
        both += conditions.get((EVERYBODY, mart), []) if audience != EVERYBODY else []
        if any(both) and len(both) > 1:
            wrong.append(f"{mart}: {audience} has rows of it by two lines")
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
                held = conditions.get((audience, mart)) or conditions[EVERYBODY, mart]
                shown = tuple(column for column in columns if column in allowed)
                found[audience][mart] = Grant(shown, held[0])
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
            con.execute(f"attach {literal(str(whole))} as whole (read_only)")
            con.execute("create schema marts")
            for mart, grant in marts.items():
                chosen = ", ".join(map(quoted, grant.columns))
                name = f"marts.{quoted(mart)}"
                con.execute(
                    f"create table {name} as select {chosen} from whole.{name} "
                    f"where {grant.where()}"
                )
                copy_comments(con, "whole", mart)
            con.execute("detach whole")
            con.execute("checkpoint")
    conditions = {
        audience: {mart: grant.only_rows for mart, grant in marts.items() if grant.only_rows}
        for audience, marts in grants.items()
    }
    (folder / CONDITIONS).write_text(json.dumps(conditions, indent=2), encoding="utf-8")
    steward = folder / STEWARD / DATABASE
    steward.parent.mkdir()
    try:
        os.link(whole, steward)
    except OSError:  # a file system without second names
        shutil.copy2(whole, steward)


def published_grants(folder: Path) -> Grants | None:
    """What a published version shows to each audience; none where it has no audiences."""
    held = folder / CONDITIONS
    # a version of before there were conditions shows all rows
    conditions = json.loads(held.read_text(encoding="utf-8")) if held.is_file() else {}
    found = {
        audience: {
            mart: Grant(tuple(columns), conditions.get(audience, {}).get(mart, ""))
            for mart, columns in columns_of(folder / audience / DATABASE).items()
        }
        for audience in AUDIENCES
        if audience != STEWARD and (folder / audience / DATABASE).is_file()
    }
    return found or None
