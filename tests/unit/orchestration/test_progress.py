"""Progress rewrites a line on a terminal and prints plain lines elsewhere."""

from __future__ import annotations

import io

from orchestration.progress import Progress


def test_plain_output_has_a_line_a_step_and_no_control_character() -> None:
    stream = io.StringIO()
    progress = Progress(stream, is_terminal=False)
    progress.step("build marts")
    for done in range(1, 6):
        progress.tick(done, 5, "fct_calls")
    progress.done("build marts: 5 models", 1.25)
    assert stream.getvalue() == "  ✓ build marts: 5 models  (1.2 s)\n"


def test_a_terminal_sees_the_counter() -> None:
    stream = io.StringIO()
    progress = Progress(stream, is_terminal=True)
    progress.step("build marts")
    progress.tick(5, 5, "fct_calls")
    progress.done("build marts: 5 models")
    assert "build marts: 5/5 fct_calls" in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[K  ✓ build marts: 5 models\n")


def test_without_a_stream_nothing_happens() -> None:
    progress = Progress(None)
    progress.step("x")
    progress.tick(1, 2)
    progress.warn("y")
    progress.done("x")
