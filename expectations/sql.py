"""Small helpers to write SQL by hand: quoting of names and literals, and row ids."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

# How the runner and the rules name the rows under validation; replaced by the batch's view.
BATCH = "{batch}"


def identifier(name: str) -> str:
    """A quoted SQL name."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """A SQL literal of a YAML scalar. Raises TypeError for anything else."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return f"'{value.isoformat(sep=' ')}'" if isinstance(value, datetime) else f"'{value}'"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    raise TypeError(f"no SQL literal for {type(value).__name__}")


def row_id(layer: str, key: Sequence[str]) -> str:
    """SQL of a row's id: file and line for raw tables, the key columns joined by `|` elsewhere."""
    if layer == "raw":
        return '"_file_id" || \':\' || "_line"'
    if not key:
        return "null::varchar"
    parts = ", ".join(f"coalesce(cast({identifier(column)} as varchar), '')" for column in key)
    return f"concat_ws('|', {parts})"
