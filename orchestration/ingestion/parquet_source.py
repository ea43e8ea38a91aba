"""A Parquet file as the engine is to read it: that file alone, with the columns that it holds."""

from __future__ import annotations

import re
from pathlib import Path

from orchestration.ingestion.casting import literal

#: What the engine takes for a pattern in the name of a file.
PATTERN_SIGNS = re.compile(r"[*?\[]")


def parquet_rows(path: Path, *, numbered: bool = False) -> str:
    """SQL of a file's rows, with their number (from 0) as `file_row_number` if asked for.

    A folder called `a=b` gives no column.
    """
    number = ", file_row_number = true" if numbered else ""
    return f"read_parquet({_name(path)}, hive_partitioning = false{number})"


def parquet_footer(path: Path) -> str:
    """SQL of what a file's footer says of it as a whole."""
    return f"parquet_file_metadata({_name(path)})"


def _name(path: Path) -> str:
    return literal(PATTERN_SIGNS.sub(r"[\g<0>]", str(path)))
