"""Where a text stands in a warehouse, whatever the table."""

from __future__ import annotations

from pathlib import Path

import duckdb


def places_of(warehouse: Path, text: str) -> list[str]:
    """Every `schema.table.column` that holds a text, in all schemas, views included."""
    with duckdb.connect(str(warehouse), read_only=True) as con:
        tables: dict[str, list[str]] = {}
        for schema, table, column in con.execute(
            "select schema_name, table_name, column_name from duckdb_columns() "
            "where not internal order by all"
        ).fetchall():
            tables.setdefault(f'"{schema}"."{table}"', []).append(column)
        found = []
        for table, columns in tables.items():
            tests = ", ".join(
                f'coalesce(bool_or(contains(cast("{name}" as varchar), $text)), false)'
                for name in columns
            )
            row = con.execute(f"select {tests} from {table}", {"text": text}).fetchone() or ()
            found += [
                f"{table}.{name}".replace('"', "")
                for name, is_there in zip(columns, row, strict=True)
                if is_there
            ]
        return found
