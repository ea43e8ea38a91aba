"""JSON as it is delivered: an object a line, an array, or pages that hold an array each.

Records go to the engine one a line, as they were written, so that no number loses a digit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Generator, Iterator
from dataclasses import dataclass
from itertools import islice
from json import JSONDecodeError, JSONDecoder
from pathlib import Path
from typing import Any

from orchestration.ingestion.legacy_text import AUTO
from orchestration.ingestion.part import BadLine, Part
from orchestration.ingestion.spool import Spool
from orchestration.ingestion.streams import UnreadableFileError, whole_text

#: An array is read whole: larger ones must come as lines.
LARGEST_DOCUMENT_BYTES = 256 * 1024 * 1024
NO_OBJECT = "the record is no JSON object"

_space = re.compile(r"\s*")
_decoder = JSONDecoder()


#: Among so many lines one whole object shows that a text holds an object a line.
LINES_LOOKED_AT = 100


def objects_of_lines(head: bytes, limit: int = LINES_LOOKED_AT) -> list[dict[str, Any]]:
    """The JSON objects among the first lines of a text."""
    lines = [line for line in head.split(b"\n", 2 * limit)[: 2 * limit] if line.strip()][:limit]
    return [found for line in lines if (found := _object(line)) is not None]


def is_document(head: bytes, keys: Collection[str]) -> bool:
    """Whether JSON is one document, or pages, rather than an object a line.

    `keys` are those under which a page keeps its records.
    """
    text = head.lstrip()
    first, _, following = text.partition(b"\n")
    found = None if text.startswith(b"[") else _object(first)
    if found is not None:
        return _is_page(found, keys)
    # A broken first line is one bad record where whole ones follow, unless it all belongs together.
    return not any(objects_of_lines(following)) or _goes_on(text)


def _is_page(record: Any, keys: Collection[str]) -> bool:
    return isinstance(record, dict) and any(isinstance(record.get(key), list) for key in keys)


def _goes_on(text: bytes) -> bool:
    """Whether the first value of a text is whole, or breaks off at the text's end only."""
    try:
        decoded = text.decode().rstrip()
        _decoder.raw_decode(decoded)
    except JSONDecodeError as error:
        return error.pos >= len(decoded)
    except (UnicodeDecodeError, RecursionError):
        return False
    return True


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def spool_document(
    path: Path, work: Path, *, fallback_encoding: str, keys: Collection[str]
) -> Iterator[Part]:
    """The records of an array, or of the array that a page keeps under one of `keys`, as parts.

    A document without such an array is one record. A record's line is the one on which it begins;
    where records share lines it is its number, as file and line must tell one record.
    Raises UnreadableFileError where the document isn't whole.
    """
    spool = Spool(work)
    for line, record in _numbered(list(_records(_text(path, fallback_encoding), keys))):
        if record.is_object:
            yield from spool.add(record.text.replace("\n", " ").encode() + b"\n", line)
        else:
            spool.part.bad.append(BadLine(line, NO_OBJECT, record.text))
        spool.part.lines_used = line
    yield from spool.rest()


def document_without(
    path: Path, lines: Collection[int], *, fallback_encoding: str, keys: Collection[str]
) -> tuple[str, dict[int, int]]:
    """A document without the records of some lines, and the new line of each that stays.

    Lines are those that `spool_document` gives. Raises UnreadableFileError.
    """
    text = _text(path, fallback_encoding)
    before = _numbered(list(_records(text, keys)))
    pieces, at = [], 0
    for start, end in _runs(text, [record for line, record in before if line in lines]):
        after_it = _skip_space(text, end)
        before_it = _back_over_space(text, start)
        if text.startswith(",", after_it):
            end = _skip_space(text, after_it + 1)
        elif before_it and text[before_it - 1] == ",":
            # The last ones go with the comma before them.
            start = _back_over_space(text, before_it - 1)
        pieces.append(text[at:start])
        at = end
    shorter = "".join([*pieces, text[at:]])
    if not shorter.strip():
        return "", {}
    after = _numbered(list(_records(shorter, keys)))
    stayed = [line for line, _ in before if line not in lines]
    return shorter, dict(zip(stayed, (line for line, _ in after), strict=True))


def _runs(text: str, records: list[_Record]) -> list[tuple[int, int]]:
    """Where neighbours in an array begin and end together."""
    runs: list[tuple[int, int]] = []
    for record in records:
        if runs and text[runs[-1][1] : record.start].strip() == ",":
            runs[-1] = (runs[-1][0], record.end)
        else:
            runs.append((record.start, record.end))
    return runs


def _numbered(records: list[_Record]) -> list[tuple[int, _Record]]:
    """Records with the lines they are told by."""
    shares_lines = len({record.line for record in records}) < len(records)
    return [(n if shares_lines else r.line, r) for n, r in enumerate(records, start=1)]


def document_objects(path: Path, keys: Collection[str], limit: int = 100) -> list[dict[str, Any]]:
    """The first objects of an array or a page. Raises UnreadableFileError."""
    records = islice(_records(_text(path, AUTO), keys), limit)
    return [json.loads(record.text) for record in records if record.is_object]


def _text(path: Path, fallback_encoding: str) -> str:
    text = whole_text(path, fallback_encoding, LARGEST_DOCUMENT_BYTES)
    if text is None:
        raise UnreadableFileError(
            f"a JSON document of over {LARGEST_DOCUMENT_BYTES >> 20} MiB; "
            "deliver an object a line instead"
        )
    return text


@dataclass(frozen=True)
class _Record:
    line: int
    text: str
    is_object: bool
    #: Where it begins in the document.
    start: int

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.text)


def _records(text: str, keys: Collection[str]) -> Iterator[_Record]:
    """Records of one document, or of pages one after the other or in an array."""
    try:
        lines = _Lines(text)
        at = _skip_space(text, 0)
        is_more = True
        while is_more:
            if text[at] == "[":
                at = yield from _elements(text, at, keys, lines)
            else:
                at = yield from _value(text, at, keys, lines)
            at = _skip_space(text, at)
            is_more = at < len(text)
            if is_more and text[at] not in "[{":
                raise JSONDecodeError("Extra data", text, at)
    except (JSONDecodeError, IndexError, RecursionError) as error:
        line = error.lineno if isinstance(error, JSONDecodeError) else text.count("\n")
        raise UnreadableFileError(
            f"line {line}: the JSON document is truncated or damaged; deliver it again"
        ) from error


class _Lines:
    """Line numbers of places that are asked for in order."""

    def __init__(self, text: str) -> None:
        self.text, self.line, self.counted = text, 1, 0

    def of(self, at: int) -> int:
        self.line += self.text.count("\n", self.counted, at)
        self.counted = at
        return self.line


def _value(
    text: str, at: int, keys: Collection[str], lines: _Lines
) -> Generator[_Record, None, int]:
    """A page's records, or the value itself; returns where it ends."""
    value, end = _decoder.raw_decode(text, at)
    start = _array_of_page(text, at, keys) if _is_page(value, keys) else None
    if start is None:
        yield _Record(lines.of(at), text[at:end], isinstance(value, dict), at)
    else:
        # A page's records aren't pages themselves.
        yield from _elements(text, start, (), lines)
    return end


def _elements(
    text: str, start: int, keys: Collection[str], lines: _Lines
) -> Generator[_Record, None, int]:
    """The values of the array that begins at `start`; returns where it ends."""
    at = start
    while text[at] != "]":
        at = _skip_space(text, at + 1)
        if text[at] == "]":
            break
        end = yield from _value(text, at, keys, lines)
        at = _skip_space(text, end)
        if text[at] not in ",]":
            raise JSONDecodeError("Expecting ',' delimiter", text, at)
    return at + 1


def _array_of_page(text: str, start: int, keys: Collection[str]) -> int | None:
    """Where the array of a page's records begins, or None where the object has none."""
    at = _skip_space(text, start + 1)
    while text[at] != "}":
        key, at = _decoder.raw_decode(text, at)
        at = _skip_space(text, _skip_space(text, at) + 1)
        if key in keys and text[at] == "[":
            return at
        _, at = _decoder.raw_decode(text, at)
        at = _skip_space(text, at)
        if text[at] == ",":
            at = _skip_space(text, at + 1)
    return None


def _skip_space(text: str, at: int) -> int:
    match = _space.match(text, at)
    return match.end() if match else at


def _back_over_space(text: str, at: int) -> int:
    while at and text[at - 1].isspace():
        at -= 1
    return at
