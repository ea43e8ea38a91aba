"""Texts that their authors changed or deleted: emptied in raw and in quarantine.

The contract says by which key a later row supersedes earlier ones and which columns that empties.
It happens in the transaction that loads a file, for that file's keys, whichever came first.
"""

from __future__ import annotations

import duckdb

from orchestration.ingestion.casting import literal
from orchestration.ingestion.contract import Superseded, Table
from orchestration.ingestion.reading import json_path
from orchestration.ingestion.source_settings import SourceSettings
from orchestration.warehouse import quoted


def clear_superseded(
    con: duckdb.DuckDBPyConnection, table: Table, folder: SourceSettings, file_id: str
) -> None:
    """Empty what the rows of a file supersede, or what supersedes them. No transaction here."""
    for rule in table.superseded:
        con.execute(_in_raw(table, rule, file_id))
    if table.superseded and _quarantined(con, table):
        con.execute(_in_quarantine(table, folder))


def _in_raw(table: Table, rule: Superseded, file_id: str) -> str:
    names = ", ".join(quoted(name) for name in rule.key)
    same = " and ".join(f"older.{quoted(name)} = newer.{quoted(name)}" for name in rule.key)
    emptied = ", ".join(f"{quoted(name)} = null" for name in rule.clear)
    filled = " or ".join(f"older.{quoted(name)} is not null" for name in rule.clear)
    return (
        f"update {table.relation} as older set {emptied}\n"
        f"from (select {names}, max({quoted(rule.order)}) as moment from {table.relation} "
        f"where {_supersedes(rule)} and ({names}) in "
        f"(select ({names}) from {table.relation} where _file_id = {literal(file_id)}) "
        f"group by {names}) as newer\n"
        f"where {same} and older.{quoted(rule.order)} {'<=' if rule.when else '<'} newer.moment "
        f"and ({filled})"
    )


def _supersedes(rule: Superseded) -> str:
    """SQL of whether a raw row may empty others."""
    tests = [f"{quoted(name)} is not null" for name in rule.key]
    for name, values in rule.when.items():
        listed = ", ".join(literal(value) for value in values)
        tests.append(f"lower({quoted(name)}) in ({listed})")
    return " and ".join(tests)


def _quarantined(con: duckdb.DuckDBPyConnection, table: Table) -> bool:
    """Whether the quarantine holds the text of a row of this table."""
    found = con.execute(f"select 1 from {_waiting(table, {})} limit 1").fetchone()
    return found is not None


def _waiting(table: Table, keys: dict[str, str]) -> str:
    """Quarantined rows of a table that have a text, with their keys."""
    columns = "".join(f", {sql} as {quoted(name)}" for name, sql in keys.items())
    return (
        f"(select rows.file_id, rows.line{columns} from restricted.quarantine_rows as rows "
        "inner join audit.files as files on rows.file_id = files.file_id "
        f"where files.family = {literal(table.family)} and files.format = {literal(table.format)} "
        "and rows.text is not null)"
    )


def _in_quarantine(table: Table, folder: SourceSettings) -> str:
    """Empty quarantined texts whose key has a superseding row in raw.

    A text in which no key can be read goes at once: nothing could empty it later.
    """
    keys: dict[str, str] = {}
    for name in dict.fromkeys(name for rule in table.superseded for name in rule.key):
        theirs = [said for said, ours in folder.columns.items() if ours == name]
        places = ", ".join(
            f"nullif(json_extract_string(case when json_valid(rows.text) then rows.text end, "
            f"{literal(json_path(path))}), '')"
            for path in (*theirs, *table.by_name[name].names)
        )
        keys[name] = f"coalesce({places})"
    unread = " or ".join(f"{quoted(name)} is null" for name in keys)
    gone = [f"select file_id, line from waiting where {unread}"]
    for rule in table.superseded:
        names = ", ".join(quoted(name) for name in rule.key)
        gone.append(
            f"select file_id, line from waiting where ({names}) in "
            f"(select ({names}) from {table.relation} where {_supersedes(rule)})"
        )
    return (
        f"with waiting as {_waiting(table, keys)}\n"
        "update restricted.quarantine_rows set text = null "
        f"where (file_id, line) in ({' union all '.join(gone)})"
    )
