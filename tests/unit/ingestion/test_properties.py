"""Whatever bytes are delivered, the reader doesn't fall over and every line is accounted for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.ingestion.spool import Layout, spool

LAYOUT = Layout(b",", b'"', frozenset({3}))
#: The characters that matter to a reader, and a few that don't.
SOUP = st.text(alphabet='a1,";\n\r \t\0\x1eé', max_size=60)
FIELD = st.text(alphabet='ab ,"\né', max_size=8)


def cut(content: bytes, folder: Path) -> tuple[list[int], list[int]]:
    """Lines of good and of bad records."""
    path = folder / "in.csv"
    path.write_bytes(content)
    good: list[int] = []
    bad: list[int] = []
    for part in spool(path, LAYOUT, folder, fallback_encoding="cp1252"):
        ends = [first for first, _ in part.runs[1:]] + [part.records + 1]
        for (first, line), end in zip(part.runs, ends, strict=False):
            good += [line + number for number in range(end - first)]
        bad += [row.line for row in part.bad]
        assert part.path.read_bytes().count(b"\n") == part.records
    return good, bad


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(SOUP)
def test_any_text_is_accounted_for(tmp_path: Path, text: str) -> None:
    good, bad = cut(text.encode(), tmp_path)
    lines = sorted(good + bad)
    assert len(lines) == len(set(lines))
    if "\r" not in text and '"' not in text:
        # Without quotes each line that isn't blank is one record or one bad line.
        filled = [n for n, line in enumerate(text.split("\n"), start=1) if line.encode().strip()]
        assert lines == filled


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(FIELD, FIELD, FIELD), min_size=1, max_size=8))
def test_well_formed_records_come_back(tmp_path: Path, records: list[tuple[str, ...]]) -> None:
    def written(value: str) -> str:
        return '"' + value.replace('"', '""') + '"'

    text = "".join(",".join(map(written, record)) + "\n" for record in records)
    good, bad = cut(text.encode(), tmp_path)
    assert (len(good), bad) == (len(records), [])


@pytest.mark.parametrize("broken", [0, 5, 9])
def test_one_open_quote_among_quoted_rows(tmp_path: Path, broken: int) -> None:
    rows = [f'"{n}","text, {n}","x"' for n in range(10)]
    rows[broken] = f'"{broken}","open,"x"'
    good, bad = cut("\n".join(rows).encode(), tmp_path)
    assert bad == [broken + 1]
    assert len(good) == 9
