"""Files of any format of the contract, written by the engine from the contract itself."""

from __future__ import annotations

from pathlib import Path

import duckdb

from orchestration.ingestion.casting import literal
from orchestration.ingestion.contract import Column, Table
from orchestration.warehouse import quoted

#: Values by PII class and by name, as SQL over the row number `i`.
BY_CLASS = {
    "phone": "'+3363998' || lpad(cast(hash(i) % 10000 as varchar), 4, '0')",
    "email": "'u' || (hash(i) % 50000) || '@example.org'",
    "handle": "'@h' || (hash(i) % 50000)",
    "login": "'u' || (hash(i) % 50000)",
    "subject": "'u' || (hash(i) % 50000)",
    "free_text": "'some words of a customer, number ' || (hash(i) % 9000)",
    "ip": "'10.0.' || (i % 250) || '.1'",
}
BY_TYPE = {
    "varchar": "'{name} ' || (hash(i) % 900)",
    "bigint": "cast(hash(i) % 5000 as bigint)",
    "double": "cast(hash(i) % 5000 as double) / 4",
    "decimal(18,4)": "cast(hash(i) % 5000 as decimal(18, 2))",
    "boolean": "i % 2 = 0",
    "date": "date '2026-10-01' + cast(i % 30 as integer)",
    "json": "'{{\"n\": ' || (hash(i) % 90) || '}}'",
}
TIME = "timestamp '2026-10-01' + to_microseconds(cast(i * 2000000 % 2500000000000 as bigint))"
CLOCKS = {
    "iso": f"strftime({TIME}, '%Y-%m-%dT%H:%M:%S.%fZ')",
    "local": f"strftime({TIME}, '%Y-%m-%d %H:%M:%S')",
    "rfc2822": f"strftime({TIME}, '%a, %d %b %Y %H:%M:%S +0000')",
    "epoch_us": f"epoch_us({TIME})",
    "epoch_ms": f"epoch_ms({TIME})",
}
#: Optional texts are mostly absent in the wild: one row in this many has them.
ONE_FILLED_IN = 3


def write_file(table: Table, path: Path, rows: int) -> None:
    """Write `rows` rows of a table's format to `path` (gzip): as JSON lines or delimited text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = {column.name: _value(table, column) for column in table.columns}
    with duckdb.connect() as con:
        source = f"from range({rows}) as rows (i)"
        if table.dialect.is_json:
            con.execute(
                f"copy (select cast({_object(table, values)} as varchar) {source}) to '{path}' "
                "(format csv, header false, quote '', delimiter e'\\x01', compression gzip)"
            )
            return
        names = values if table.dialect.header is True else table.dialect.layouts[-1].columns
        fields = ", ".join(f"{values[name]} as {quoted(name)}" for name in names)
        delimiter = table.dialect.delimiter
        quote = f"quote '{table.dialect.quote}'," if table.dialect.quote else "quote '',"
        con.execute(
            f"copy (select {fields} {source}) to '{path}' (format csv, "
            f"header {str(table.dialect.header is True).lower()}, {quote} "
            f"delimiter {literal(delimiter)}, compression gzip)"
        )


def _value(table: Table, column: Column) -> str:
    if column.values:
        listed = ", ".join(literal(value) for value in column.values)
        value = f"[{listed}][1 + i % {len(column.values)}]"
    elif column.data_type == "timestamp":
        value = CLOCKS[column.clock]
    elif column.name in table.key and column.data_type == "varchar":
        value = f"{literal(column.name)} || i"
    elif column.data_type == "varchar" and column.pii in BY_CLASS:
        value = BY_CLASS[column.pii]
    else:
        value = BY_TYPE[column.data_type].format(name=column.name)
    if column.required or column.name in table.key or column.name == table.event_time:
        return value
    return f"case when i % {ONE_FILLED_IN} = 0 then {value} end"


def _object(table: Table, values: dict[str, str]) -> str:
    """A JSON object with each column at its first path; a column of the path's beginning wins."""
    taken = {column.names[0] for column in table.columns if column.data_type != "json"}
    tree: dict[str, object] = {}
    for column in table.columns:
        path = column.names[0].split(".")
        if column.data_type == "json" and any(name.startswith(f"{path[0]}.") for name in taken):
            continue
        at = tree
        for part in path[:-1]:
            at = at.setdefault(part, {})  # type: ignore[assignment]
        value = values[column.name]
        at[path[-1]] = f"cast({value} as json)" if column.data_type == "json" else value
    return _json(tree)


def _json(tree: dict[str, object]) -> str:
    pairs = ", ".join(
        f"{literal(key)}, {_json(value) if isinstance(value, dict) else value}"
        for key, value in tree.items()
    )
    return f"json_object({pairs})"


def trusting_read(table: Table, path: Path) -> str:
    """DuckDB's own read of such a file with the types given: an aggregate over all columns."""
    if table.dialect.is_json:
        keys = dict.fromkeys(column.names[0].split(".")[0] for column in table.columns)
        scalars = {c.names[0]: c.data_type for c in table.columns if c.clock in {"iso", "local"}}
        columns = ", ".join(f"{literal(key)}: {literal(scalars.get(key, 'json'))}" for key in keys)
        counts = ", ".join(f"max({quoted(key)})" for key in keys)
        return (
            f"select {counts} from read_json('{path}', format = 'newline_delimited', "
            f"columns = {{{columns}}}, ignore_errors = true)"
        )
    has_header = table.dialect.header is True
    names = [c.name for c in table.columns] if has_header else table.dialect.layouts[-1].columns
    columns = ", ".join(
        f"{literal(name)}: {literal(table.by_name[name].data_type)}" for name in names
    )
    counts = ", ".join(f"max({quoted(name)})" for name in names)
    return (
        f"select {counts} from read_csv('{path}', header = {str(has_header).lower()}, "
        f"auto_detect = false, delim = {literal(table.dialect.delimiter)}, "
        f"quote = {literal(table.dialect.quote)}, escape = {literal(table.dialect.quote)}, "
        f"columns = {{{columns}}}, ignore_errors = true)"
    )
