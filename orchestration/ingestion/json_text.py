"""JSON as it is delivered: an object a line, an array, or a page that holds an array.

Records go to the engine one a line, as they were written, so that no number loses a digit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from json import JSONDecodeError, JSONDecoder
from pathlib import Path
from typing import Any

from orchestration.ingestion.legacy_text import AUTO
from orchestration.ingestion.spool import BadLine, Part, Spool
from orchestration.ingestion.streams import UnreadableFileError, line_blocks

#: An array is read whole: larger ones must come as lines.
LARGEST_DOCUMENT_BYTES = 256 * 1024 * 1024
NO_OBJECT = "the record is no JSON object"

_space = re.compile(r"\s*")
_decoder = JSONDecoder()


def objects_of_lines(head: bytes, limit: int = 100) -> list[dict[str, Any]]:
    """The JSON objects among the first lines of a text."""
    lines = [line for line in head.split(b"\n", 2 * limit) if line.strip()][:limit]
    return [found for line in lines if (found := _object(line)) is not None]


def is_document(head: bytes, keys: Collection[str]) -> bool:
    """Whether a text that begins with `{` or `[` is one document rather than an object a line.

    `keys` are those under which a page keeps its records.
    """
    text = head.lstrip()
    if text.startswith(b"["):
        return True
    first, _, following = text.partition(b"\n")
    found = _object(first)
    if found is None:
        # A broken first line is one bad record where a whole one follows; else the object goes on.
        return _object(following.lstrip().partition(b"\n")[0]) is None
    return any(isinstance(found.get(key), list) for key in keys)


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
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
    gone = {number for number, (line, _) in enumerate(before) if line in lines}
    pieces, at = [], 0
    for first in sorted(number for number in gone if number - 1 not in gone):
        last = next(number for number in range(first, len(before)) if number + 1 not in gone)
        start, end = before[first][1].start, before[last][1].end
        if last + 1 < len(before):
            end = before[last + 1][1].start
        elif first > 0:
            # The last ones go with the comma before them.
            start = before[first - 1][1].end
        pieces.append(text[at:start])
        at = end
    shorter = "".join([*pieces, text[at:]])
    if not shorter.strip():
        return "", {}
    after = _numbered(list(_records(shorter, keys)))
    stayed = [line for number, (line, _) in enumerate(before) if number not in gone]
    return shorter, dict(zip(stayed, (line for line, _ in after), strict=True))


def _numbered(records: list[_Record]) -> list[tuple[int, _Record]]:
    """Records with the lines they are told by."""
    shares_lines = len({record.line for record in records}) < len(records)
    return [(n if shares_lines else r.line, r) for n, r in enumerate(records, start=1)]


def document_objects(path: Path, keys: Collection[str], limit: int = 100) -> list[dict[str, Any]]:
    """The first objects of an array or a page. Raises UnreadableFileError."""
    records = islice(_records(_text(path, AUTO), keys), limit)
    return [json.loads(record.text) for record in records if record.is_object]


def _text(path: Path, fallback_encoding: str) -> str:
    size = 0
    whole = []
    for block in line_blocks(path, fallback_encoding):
        size += len(block)
        if size > LARGEST_DOCUMENT_BYTES:
            raise UnreadableFileError(
                f"a JSON document of over {LARGEST_DOCUMENT_BYTES >> 20} MiB; "
                "deliver an object a line instead"
            )
        whole.append(block)
    return b"".join(whole).decode()


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
    try:
        start = _skip_space(text, 0)
        if text[start] == "{":
            _, end = _decoder.raw_decode(text, start)
            _expect_end(text, end)
            found = _array_of_page(text, start, keys)
            if found is None:
                yield _Record(text.count("\n", 0, start) + 1, text[start:end], True, start)
                return
            is_page, start = True, found
        else:
            is_page = False
        at, line, counted = start, 1, 0
        while text[at] != "]":
            at = _skip_space(text, at + 1)
            if text[at] == "]":
                break
            value, end = _decoder.raw_decode(text, at)
            line += text.count("\n", counted, at)
            counted = at
            yield _Record(line, text[at:end], isinstance(value, dict), at)
            at = _skip_space(text, end)
            if text[at] not in ",]":
                raise JSONDecodeError("Expecting ',' delimiter", text, at)
        if not is_page:
            _expect_end(text, at + 1)
    except (JSONDecodeError, IndexError, RecursionError) as error:
        line = error.lineno if isinstance(error, JSONDecodeError) else text.count("\n")
        raise UnreadableFileError(
            f"line {line}: the JSON document is truncated or damaged; deliver it again"
        ) from error


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


def _expect_end(text: str, at: int) -> None:
    if _skip_space(text, at) != len(text):
        raise JSONDecodeError("Extra data", text, at)
