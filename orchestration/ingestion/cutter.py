"""Delimited text cut into records that the engine can trust, and lines that it must not see.

The engine's own reader takes an unterminated quote for data and swallows the rows behind it. So
records are cut here: a quote that isn't closed within its own record costs that line only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from orchestration.ingestion.part import EMBEDDED_NEWLINE, BadLine, Part

LONGEST_RECORD_LINES = 1_000
#: Lines that are looked at together once a block as a whole is not sound.
GROUP_LINES = 32
FIELDS_OF_A_WIDE_RECORD = 4
LINE_FEED, SPACE = ord("\n"), ord(" ")

OPEN = "a quote is opened and never closed; double it, or quote the whole field"
TRAILING = "text follows a closing quote; double the quotes inside a field"
NUL = "the line holds a control byte that no text has"
BLANK_STARTS = tuple(b"\n" + space for space in (b"\n", b" ", b"\t", b"\r", b"\x0b", b"\x0c"))
#: Bytes that end a text or a field for the engine.
UNREADABLE = (b"\0", b"\1")

#: Places of characters in a block, or the characters themselves.
Places = npt.NDArray[Any]


@dataclass(frozen=True)
class Layout:
    """How records are written: delimiter, quote (None: quotes are data), allowed field counts."""

    delimiter: bytes
    quote: bytes | None
    field_counts: frozenset[int]

    @property
    def expected(self) -> str:
        """The field counts in words."""
        low, high = min(self.field_counts), max(self.field_counts)
        return str(low) if low == high else f"{low} to {high}"


class RecordCutter:
    """Cuts blocks of lines into records; keeps what may go on in the next block."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._counts = {count - 1 for count in layout.field_counts}
        self._delimiter = ord(layout.delimiter)
        self._quote = ord(layout.quote or b"\0")
        self._edges = np.zeros(256, dtype=bool)
        self._edges[list(layout.delimiter + (layout.quote or b"") + b"\n")] = True
        around = [layout.delimiter, b"\n", *([layout.quote] if layout.quote else [])]
        self._spaced = [b" " + edge for edge in around] + [edge + b" " for edge in around]
        if layout.quote:
            mark = re.escape(layout.quote)
            self._field = re.compile(
                rb"%s[^%s]*(?:%s%s[^%s]*)*%s(?!%s)" % (mark, mark, mark, mark, mark, mark, mark)
            )

    def parse(self, text: bytes) -> list[bytes] | str:
        """The fields of one record, or why it is none (OPEN, TRAILING)."""
        delimiter, quote = self.layout.delimiter, self.layout.quote
        if quote is None or quote not in text:
            return text.split(delimiter)
        fields: list[bytes] = []
        at = 0
        while True:
            if text.startswith(quote, at):
                match = self._field.match(text, at)
                if not match:
                    return OPEN
                end = match.end()
                if end < len(text) and not text.startswith(delimiter, end):
                    return TRAILING
                fields.append(text[at + 1 : end - 1].replace(quote * 2, quote))
            else:
                end = text.find(delimiter, at)
                end = len(text) if end < 0 else end
                fields.append(text[at:end])
            if end >= len(text):
                return fields
            at = end + 1

    def _sound_lines(self, block: bytes, part: Part) -> int:
        """How many lines a block has where each is one record of the right size, else 0.

        Seen from the block as a whole, by its marks: quotes, delimiters, ends of lines.
        """
        if b"\0" in block:
            return 0
        characters = np.frombuffer(block, dtype=np.uint8)
        is_mark = (characters == self._delimiter) | (characters == LINE_FEED)
        is_quoted = self.layout.quote is not None and self.layout.quote in block
        if is_quoted:
            is_mark |= characters == self._quote
        marks = np.flatnonzero(is_mark)
        kinds = characters.take(marks)
        is_delimiter = kinds == self._delimiter
        ends = np.flatnonzero(kinds == LINE_FEED)
        quotes = ends[:0]
        if is_quoted:
            is_quote = kinds == self._quote
            quotes = np.flatnonzero(is_quote)
            is_inside = (np.cumsum(is_quote, dtype=np.uint8) & 1).view(np.bool_)
            # Quotes pair up within a line, touching a delimiter, an end of line or, where one is
            # doubled inside a field, the next pair. (Before the first character stands the last,
            # which is a line feed.)
            if (
                len(quotes) % 2
                or is_inside[ends].any()
                or not self._edges[characters[marks[quotes[0::2]] - 1]].all()
                or not self._edges[characters[marks[quotes[1::2]] + 1]].all()
            ):
                return 0
            is_delimiter &= ~is_inside
        line_ends = marks[ends]
        if line_ends[0] == 0 or (np.diff(line_ends) == 1).any():
            return 0
        # How many fields were begun up to each mark, the first of each line left out.
        begun = np.cumsum(is_delimiter, dtype=np.int32)
        at_ends = begun[ends]
        if not set(np.unique(np.diff(at_ends, prepend=0)).tolist()) <= self._counts:
            return 0
        part.unclean_fields |= self._spaced_fields(
            characters, marks, is_delimiter, ends, quotes, begun
        )
        return len(ends)

    def _spaced_fields(
        self,
        characters: Places,
        marks: Places,
        is_delimiter: Places,
        ends: Places,
        quotes: Places,
        begun: Places,
    ) -> set[int]:
        """The fields of a sound block (from 0) that somewhere begin or end with a space.

        `ends` and `quotes` are places among the marks.
        """
        is_edge = is_delimiter.copy()
        is_edge[ends] = True
        # Behind the last mark, an end of line, stands nothing.
        begins = np.flatnonzero((characters.take(marks[:-1] + 1) == SPACE) & is_edge[:-1])
        stops = np.flatnonzero((characters.take(marks - 1) == SPACE) & is_edge)
        if len(quotes):
            # Beside a doubled quote a pair ends within the field.
            before, behind = characters[marks[quotes] - 1], characters[marks[quotes] + 1]
            opens = (behind == SPACE)[0::2] & (before != self._quote)[0::2]
            closes = (before == SPACE)[1::2] & (behind != self._quote)[1::2]
            spaced = np.concatenate([quotes[0::2][opens], quotes[1::2][closes]])
        else:
            spaced = quotes
        # A delimiter stops the field before the one that it begins.
        stopped = begun[stops] - is_delimiter[stops]
        lines = [
            np.searchsorted(ends, begins, side="right"),
            np.searchsorted(ends, np.append(stops, spaced)),
        ]
        before_line = np.append(0, begun[ends])[np.concatenate(lines)]
        fields = np.concatenate([begun[begins], stopped, begun[spaced]]) - before_line
        found = set(np.unique(fields).tolist())
        return found | {0} if characters[0] == SPACE else found

    def cut(
        self, block: bytes, first_line: int, part: Part, out: list[bytes], *, is_last: bool
    ) -> tuple[bytes, int]:
        """Sort the lines of a block into `out` (records) and `part.bad`.

        Returns what must wait for the next block, and the line number behind what was used.
        """
        if not block:
            return b"", first_line
        if count := self._sound_lines(block, part):
            self._keep(block, count, first_line, part, out)
            return b"", first_line + count
        lines = block.split(b"\n")
        lines.pop()
        number = looked_at = 0
        while number < len(lines):
            if number >= looked_at:
                # Around a bad line the others still pass in small groups.
                group = lines[number : number + GROUP_LINES]
                joined = b"\n".join(group) + b"\n"
                if self._sound_lines(joined, part):
                    self._keep(joined, len(group), first_line + number, part, out)
                    number += len(group)
                    continue
                looked_at = number + len(group)
            if not lines[number].strip():
                number += 1
                continue
            used = self._cut_one(lines, number, first_line, part, out, is_last=is_last)
            if used == 0:
                return b"\n".join(lines[number:]) + b"\n", first_line + number
            number += used
        return b"", first_line + len(lines)

    def _keep(self, records: bytes, count: int, line: int, part: Part, out: list[bytes]) -> None:
        part.extend_run(line)
        part.records += count
        out.append(records)

    def _cut_one(
        self,
        lines: list[bytes],
        number: int,
        first_line: int,
        part: Part,
        out: list[bytes],
        *,
        is_last: bool,
    ) -> int:
        """Cut the record that starts at a line; the number of lines used, 0 to wait for more."""
        quote = self.layout.quote or b""
        text, end = lines[number], number + 1
        parsed = self.parse(text)
        while parsed == OPEN and end - number < LONGEST_RECORD_LINES:
            # Only a line with a quote can close the field.
            closing = next((at for at in range(end, len(lines)) if quote in lines[at]), None)
            if closing is None:
                if not is_last and len(lines) - number < LONGEST_RECORD_LINES:
                    return 0
                break
            text = b"\n".join([text, *lines[end : closing + 1]])
            end = closing + 1
            parsed = self.parse(text)
        if (
            isinstance(parsed, list)
            and len(parsed) in self.layout.field_counts
            and b"\0" not in text
            and not self.swallows(lines[number:end])
        ):
            part.extend_run(first_line + number)
            part.records += 1
            part.unclean_fields |= {
                place
                for place, value in enumerate(parsed)
                if value[:1] == b" " or value[-1:] == b" " or b"\n" in value
            }
            out.append(self._written(parsed))
            return end - number
        if end - number > 1:
            reason = OPEN
        elif isinstance(parsed, str):
            reason = parsed
        else:
            reason = f"{len(parsed)} fields instead of {self.layout.expected}"
        if b"\0" in lines[number]:
            reason = NUL
        shown = lines[number].replace(b"\0", b"").decode()
        part.bad.append(BadLine(first_line + number, reason, shown))
        return 1

    def swallows(self, lines: Sequence[bytes]) -> bool:
        """Whether lines inside one record are records of their own: then its quote was never meant.

        Text over several lines may hold a delimiter or two, hardly as many as a wide record, and
        has a space behind a comma. The last line closes the quote, so it is the record's.
        """
        fewest = min(self.layout.field_counts)
        needed = 1 if fewest >= FIELDS_OF_A_WIDE_RECORD else 2
        if fewest == 1 or len(lines) - 2 < needed:
            return False
        # What stands before the first quote shows how the file writes its fields.
        mark = self.layout.delimiter + (self.layout.quote or b"")
        before = (self.layout.delimiter + lines[0]).partition(mark)[0][1:]
        is_spaced = any(edge in before for edge in self._spaced)
        found = 0
        for line in lines[1:-1]:
            seen = Part(Path())
            could_be = line.count(self.layout.delimiter) >= fewest - 1
            if could_be and self._sound_lines(line + b"\n", seen):
                found += is_spaced or not seen.unclean_fields
        return found >= needed

    def _written(self, fields: list[bytes]) -> bytes:
        quote = self.layout.quote
        if quote is None:
            return self.layout.delimiter.join(fields) + b"\n"
        return (
            self.layout.delimiter.join(
                quote + value.replace(quote, quote * 2).replace(b"\n", EMBEDDED_NEWLINE) + quote
                if quote in value or self.layout.delimiter in value or b"\n" in value
                else value
                for value in fields
            )
            + b"\n"
        )


class LineCutter:
    """Takes each line for a record, as JSON lines are; the engine says which are valid."""

    def cut(
        self, block: bytes, first_line: int, part: Part, out: list[bytes], **_: bool
    ) -> tuple[bytes, int]:
        """Sort the lines of a block into `out` and `part.bad`; nothing waits for the next block."""
        count = block.count(b"\n")
        # A line that begins with a space may be blank.
        is_filled = not block[:1].isspace() and not any(start in block for start in BLANK_STARTS)
        if is_filled and not any(byte in block for byte in UNREADABLE):
            if count:
                part.extend_run(first_line)
                part.records += count
                out.append(block)
            return b"", first_line + count
        for number, line in enumerate(block.split(b"\n")[:-1], start=first_line):
            if any(byte in line for byte in UNREADABLE):
                shown = line.translate(None, b"".join(UNREADABLE)).decode()
                part.bad.append(BadLine(number, NUL, shown))
            elif line.strip():
                part.extend_run(number)
                part.records += 1
                out.append(line + b"\n")
        return b"", first_line + count
