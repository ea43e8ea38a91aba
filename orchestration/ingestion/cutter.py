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

    def _is_sound(self, block: bytes, part: Part) -> bool:
        """Whether each line is one record of the right size: seen from the block as a whole."""
        if b"\0" in block:
            return False
        characters = np.frombuffer(block, dtype=np.uint8)
        ends = np.flatnonzero(characters == LINE_FEED)
        delimiters = np.flatnonzero(characters == ord(self.layout.delimiter))
        opening = closing = ends[:0]
        if self.layout.quote and self.layout.quote in block:
            quotes = np.flatnonzero(characters == ord(self.layout.quote))
            opening, closing = quotes[0::2], quotes[1::2]
            # Quotes pair up within a line, touching a delimiter, an end of line or, where one is
            # doubled inside a field, the next pair. (Before the first character stands the last,
            # which is a line feed.)
            if (
                len(quotes) % 2
                or not self._edges[characters[opening - 1]].all()
                or not self._edges[characters[closing + 1]].all()
                or (np.searchsorted(ends, opening) != np.searchsorted(ends, closing)).any()
            ):
                return False
            # The many delimiters are marked by the few quotes that stand around them.
            size = len(delimiters) + 1
            begins = np.bincount(np.searchsorted(delimiters, opening), minlength=size)
            stops = np.bincount(np.searchsorted(delimiters, closing), minlength=size)
            delimiters = delimiters[np.cumsum(begins - stops)[:-1] == 0]
        if ends[0] == 0 or (np.diff(ends) == 1).any():
            return False
        behind = np.searchsorted(delimiters, ends)
        if not set(np.unique(np.diff(behind, prepend=0)).tolist()) <= self._counts:
            return False
        spaced = self._spaced_edges(characters, delimiters, ends, opening, closing)
        if len(spaced):
            before = np.append(0, behind[:-1])[np.searchsorted(ends, spaced)]
            part.unclean_fields |= set(
                np.unique(np.searchsorted(delimiters, spaced) - before).tolist()
            )
        return True

    def _spaced_edges(self, characters: Places, *marks: Places) -> Places:
        """Places in those fields of a sound block that begin or end with a space."""
        delimiters, ends, opening, closing = marks
        spaces = characters == SPACE
        # A field begins behind its delimiter; the first one behind the end of the line before.
        begins = np.concatenate([[0], ends[:-1] + 1, delimiters + 1])
        stops = np.concatenate([ends, delimiters])
        found = [begins[spaces[begins]], stops[spaces[stops - 1]]]
        if len(opening):
            quote = ord(self.layout.quote or b"")
            # Beside a doubled quote a pair ends within the field.
            found += [
                opening[spaces[opening + 1] & (characters[opening - 1] != quote)],
                closing[spaces[closing - 1] & (characters[closing + 1] != quote)],
            ]
        return np.concatenate(found)

    def cut(
        self, block: bytes, first_line: int, part: Part, out: list[bytes], *, is_last: bool
    ) -> tuple[bytes, int]:
        """Sort the lines of a block into `out` (records) and `part.bad`.

        Returns what must wait for the next block, and the line number behind what was used.
        """
        if not block:
            return b"", first_line
        if self._is_sound(block, part):
            count = block.count(b"\n")
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
                if self._is_sound(joined, part):
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
            if could_be and self._is_sound(line + b"\n", seen):
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
