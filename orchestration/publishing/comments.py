"""What BI tools show beside a mart and its columns: comments of the published tables."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from orchestration.ingestion.casting import literal
from orchestration.warehouse import quoted


def comment_on(
    con: duckdb.DuckDBPyConnection, mart: str, text: str | None, columns: Mapping[str, str]
) -> None:
    """Describe `marts.<mart>` and those of the columns that it has."""
    target = f"marts.{quoted(mart)}"
    here = {row[0] for row in con.execute(f"describe {target}").fetchall()}
    said = [f"comment on table {target} is {literal(text)}"] if text else []
    said += [
        f"comment on column {target}.{quoted(column)} is {literal(of_column)}"
        for column, of_column in columns.items()
        if column in here and of_column
    ]
    # One transaction: a commit for each of a thousand columns takes seconds.
    con.execute("; ".join(["begin", *said, "commit"]))


def copy_comments(con: duckdb.DuckDBPyConnection, database: str, mart: str) -> None:
    """Copy descriptions of a mart of an attached database to ours, for the columns that it has."""
    of_mart = "where database_name = ? and table_name = ? and comment is not null"
    texts = con.execute(
        f"select comment from duckdb_tables() {of_mart}", [database, mart]
    ).fetchall()
    columns = con.execute(
        f"select column_name, comment from duckdb_columns() {of_mart}", [database, mart]
    ).fetchall()
    comment_on(con, mart, texts[0][0] if texts else None, dict(columns))
