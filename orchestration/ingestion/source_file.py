"""A commented `_source.yml` for a folder that has none: every setting, and what to map."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

import duckdb

from orchestration.ingestion.contract import Contract, Table
from orchestration.ingestion.landing import LandedFile, scan
from orchestration.ingestion.reading import header_names
from orchestration.ingestion.source_settings import FILE_NAME, SourceSettings
from orchestration.ingestion.streams import UnreadableFileError

#: How alike two names must be to be proposed, 0..1.
LEAST_LIKENESS = 0.6
LATEST_FILES = 20
FOLDER_HEAD = """\
# {source}: {description}
# What the files can't say of themselves. A line without # is in force; all are optional.
# A rejected file is tried again when this file changes. Columns and rules: docs/landing-zone.md
"""


def write_source_files(landing: Path, contract: Contract) -> list[Path]:
    """Write `_source.yml` into each folder with files and without settings; the paths written."""
    files: dict[tuple[str, str], list[LandedFile]] = {}
    for file in scan(landing, contract).files:
        files.setdefault((file.family, file.format), []).append(file)
    written = []
    for (family, format_), found in sorted(files.items()):
        path = landing / family / format_ / FILE_NAME
        table = contract.tables[family, format_]
        if path.exists():
            continue
        path.write_text(source_file(table, [file.path for file in found]), encoding="utf-8")
        written.append(path)
    return written


def source_file(table: Table, examples: Sequence[Path]) -> str:
    """The text of `_source.yml` for a table, with proposals from the newest of its files."""
    defaults = SourceSettings(delivery=table.delivery)
    lines = [
        FOLDER_HEAD.format(source=f"{table.family}/{table.format}", description=table.description)
    ]
    fixed = (
        f" (this format's times are {table.dialect.time_zone})" if table.dialect.time_zone else ""
    )
    lines += [
        f"# Zone of times written without one{fixed}:",
        f"# time_zone: {defaults.time_zone}",
        "# Set to false where a Z or an offset is written behind local time:",
        "# trust_offsets: true",
        "",
        "# append: more rows; growing: a file that gets longer; snapshot: the whole list each",
        "# time; replace_by_day: whole days, corrected later:",
        f"# delivery: {table.delivery}",
        "",
        "# For phone numbers without country code, and for amounts:",
        f"# country: {defaults.country}",
        f"# currency: {defaults.currency}",
        "",
        "# For lines that aren't UTF-8 (cp1252, cp850 …):",
        f"# encoding: {defaults.encoding}",
    ]
    if "consent" in table.settings:
        lines += [
            "",
            "# The field with the visitor's choice on linking navigation with calls and customers;",
            "# without it and without a legal basis nothing is joined:",
            "# consent_field: consent_navigation_linking",
            "# legal_basis: contract",
        ]
    lines += ["", *_mapping(table, examples)]
    return "\n".join(lines) + "\n"


def _names(table: Table, path: Path) -> list[str]:
    with duckdb.connect() as con:
        try:
            return header_names(con, path, table)
        except (UnreadableFileError, duckdb.Error):
            return []


def _mapping(table: Table, examples: Sequence[Path]) -> list[str]:
    if table.dialect.header is False and not table.dialect.is_json:
        return ["# The fields of this format come without names, in a fixed order."]
    required = [column.name for column in table.columns if column.required]
    known = {name.lower() for column in table.columns for name in column.names}
    names: dict[str, None] = {}
    for path in examples[-LATEST_FILES:]:
        found = _names(table, path)
        # A file without any column that we know stands in the wrong folder, or is all unknown.
        if len(examples) == 1 or known & {name.lower() for name in found}:
            names |= dict.fromkeys(found)
    unknown = [name for name in names if name.lower() not in known]
    delivered = {name.lower() for name in names}
    free = [
        column.name
        for column in table.columns
        if not delivered & {name.lower() for name in column.names}
    ]
    lines = ["# Their column names to ours, and their codes to ours:"]
    if not unknown:
        return [*lines, "# columns: {theirs: ours}", "# codes: {our_column: {theirs: ours}}"]
    missing = [name for name in required if name in free]
    if missing:
        lines.append(f"# Required and not found: {', '.join(missing)}")
    lines.append("# columns:")
    for name in unknown:
        ours = difflib.get_close_matches(name.lower(), free, 1, LEAST_LIKENESS)
        proposal = (
            f"{ours[0]}   # a guess" if ours else "   # ours; without one it is kept as it is"
        )
        lines.append(f"#   {_quoted(name)}: {proposal}")
    return [*lines, f"# Not delivered so far: {', '.join(free)}"]


def _quoted(name: str) -> str:
    return name if name.replace("_", "a").isalnum() else '"' + name.replace('"', '\\"') + '"'
