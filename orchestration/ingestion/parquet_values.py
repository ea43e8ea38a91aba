"""The values of a Parquet file's columns as texts, whatever type its writer gave them."""

from __future__ import annotations

from orchestration.ingestion.contract import Column
from orchestration.ingestion.source_settings import SourceSettings
from orchestration.warehouse import quoted

#: From here on not every whole number has a floating-point one of its own.
LAST_EXACT = {"DOUBLE": 2**53, "FLOAT": 2**24}
INEXACT = (
    "a number of so many digits isn't exact in a floating-point column; "
    "write the column as text or as whole numbers"
)
#: The code page of texts that are no UTF-8, byte by byte, where the folder names none.
LEGACY = "cp1252"


def text(name: str, kind: str, settings: SourceSettings) -> str:
    """SQL of a column's value as trimmed text, null where it is empty."""
    value = f"cast({_value(name, kind, settings)} as varchar)"
    if _is_fractional(kind):
        # Whole numbers became fractions where a column had gaps.
        value = f"regexp_replace({value}, '\\.0+$', '')"
    return f"nullif(trim({value}), '')"


def json_value(name: str, kind: str, settings: SourceSettings) -> str:
    """SQL of a column's value in a JSON record."""
    value = _value(name, kind, settings)
    if _is_fractional(kind):
        is_whole = f"{value} = trunc({value}) and abs({value}) < {LAST_EXACT['DOUBLE']}"
        return (
            f"case when {is_whole} then to_json(cast({value} as bigint)) else to_json({value}) end"
        )
    return value


def is_inexact(name: str, kind: str, column: Column) -> str | None:
    """SQL of whether a number can't be trusted as an identifier or a count; None where it can."""
    if kind not in LAST_EXACT or column.data_type not in {"varchar", "bigint"}:
        return None
    return f"abs({_number(name, kind)}) >= {LAST_EXACT[kind]}"


def _number(name: str, kind: str) -> str:
    # Writers without nulls mark a gap by NaN, which the engine holds for the greatest number.
    return f"nullif({quoted(name)}, cast('nan' as {kind}))"


def _is_fractional(kind: str) -> bool:
    return kind in LAST_EXACT or kind.startswith("DECIMAL")


def _value(name: str, kind: str, settings: SourceSettings) -> str:
    value = _number(name, kind) if kind in LAST_EXACT else quoted(name)
    if kind == "BLOB":
        return _text_of_bytes(value, settings.encoding)
    if kind == "TIMESTAMP WITH TIME ZONE" and not settings.trust_offsets:
        # The wall clock that was written down as an instant.
        return f"timezone('UTC', {value})"
    is_nested = kind.endswith("]") or kind.startswith(("STRUCT", "MAP"))
    return f"to_json({value})" if is_nested else value


def _text_of_bytes(value: str, encoding: str) -> str:
    """SQL of the text that bytes are: UTF-8, else a code page; bytes with control signs stay so."""
    characters = ", ".join(str(ord(_character(byte, encoding))) for byte in range(256))
    legacy = (
        f"array_to_string(list_transform(regexp_extract_all(hex({value}), '..'), "
        f"lambda byte: chr([{characters}][cast('0x' || byte as integer) + 1])), '')"
    )
    plain = f"cast({value} as varchar)"
    return (
        f"case when regexp_matches({plain}, '\\\\x([01][0-8B-CE-F]|7F)') then {plain} "
        f"else coalesce(try(decode({value})), {legacy}) end"
    )


def _character(byte: int, encoding: str) -> str:
    for name in (encoding, LEGACY, "latin-1"):
        try:
            found = bytes([byte]).decode(name)
        except (LookupError, UnicodeDecodeError):
            continue
        if len(found) == 1:
            return found
    return chr(byte)
