"""Progress for people: a line that rewrites itself on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TextIO

_EVERY_SECONDS = 0.1
_PLAIN_EVERY_SECONDS = 15.0

#: What a terminal would obey, and what would begin a line.
_CONTROLS = {
    number: f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"
    for number in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)
}
_CONTROLS_OF_TEXT = {n: text for n, text in _CONTROLS.items() if chr(n) not in "\n\t"}


def escaped(name: str) -> str:
    """A name on one line: control characters by their numbers."""
    return name.translate(_CONTROLS)


def harmless(text: str) -> str:
    """Text for a terminal: its lines and tabs stay, other control characters by their numbers."""
    return text.translate(_CONTROLS_OF_TEXT)


class Progress:
    """Steps of a run and the counters inside them; silent when `stream` is None.

    Nothing printed here ever holds a value from a source: names and counts only.
    """

    def __init__(self, stream: TextIO | None = None, *, is_terminal: bool | None = None) -> None:
        self.stream = stream
        self.is_terminal = stream.isatty() if stream and is_terminal is None else bool(is_terminal)
        self._last = 0.0
        self._open = ""

    def step(self, text: str) -> None:
        """Begin a step; what was open is left as it stands."""
        self._clear()
        self._open = text = harmless(text)
        self._last = time.monotonic()
        if self.is_terminal:
            self._write(f"  … {text}")
        # A plain log gets one line a step, when it ends.

    def tick(self, done: int, total: int, name: str = "") -> None:
        """A counter inside the step, for instance models built of all models."""
        now = time.monotonic()
        pause = _EVERY_SECONDS if self.is_terminal else _PLAIN_EVERY_SECONDS
        if now - self._last < pause and done < total:
            return
        if not self.is_terminal and done >= total:
            return
        self._last = now
        line = harmless(f"  … {self._open}: {done}/{total} {name}").rstrip()
        self._clear()
        self._write(line[:110] if self.is_terminal else line + "\n")

    def done(self, text: str, seconds: float | None = None) -> None:
        """End the step with what came of it."""
        self._clear()
        took = f"  ({seconds:.1f} s)" if seconds is not None else ""
        self._write(f"  ✓ {harmless(text)}{took}\n")
        self._open = ""

    def note(self, text: str) -> None:
        """A line of its own."""
        self._clear()
        self._write(f"{harmless(text)}\n")

    def warn(self, text: str) -> None:
        """Something that people should read; the run goes on."""
        self._clear()
        self._write(f"  ! {harmless(text)}\n")

    def _clear(self) -> None:
        if self.is_terminal and self._open:
            self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        if self.stream is not None:
            self.stream.write(text)
            self.stream.flush()


def to_stderr() -> Progress:
    """Progress on standard error, so that standard output holds results only."""
    return Progress(sys.stderr)
