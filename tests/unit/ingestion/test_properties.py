"""Whatever bytes are delivered, the reader doesn't fall over and every line is accounted for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from orchestration.ingestion.cutter import Layout
from orchestration.ingestion.json_text import spool_document
from orchestration.ingestion.part import Part
from orchestration.ingestion.spool import spool
from orchestration.ingestion.streams import UnreadableFileError

LAYOUT = Layout(b",", b'"', frozenset({3}))
#: The characters that matter to a reader, and a few that don't.
SOUP = st.text(alphabet='a1,";\n\r \t\0\x1eé', max_size=60)
FIELD = st.text(alphabet='ab ,"\né', max_size=8)
LINE = st.text(alphabet='ab ,"é', max_size=8)


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
    # Where two whole lines within a record could be records of their own, its quote may never have
    # been meant; three ends of line make two such lines.
    assume(all("".join(record).count("\n") < 3 for record in records))

    def written(value: str) -> str:
        return '"' + value.replace('"', '""') + '"'

    text = "".join(",".join(map(written, record)) + "\n" for record in records)
    good, bad = cut(text.encode(), tmp_path)
    assert (len(good), bad) == (len(records), [])


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(*[st.tuples(LINE, st.booleans())] * 3), min_size=1, max_size=8))
def test_the_fields_with_spaces_at_an_edge_are_named(
    tmp_path: Path, records: list[tuple[tuple[str, bool], ...]]
) -> None:
    """Only they are cleaned by the engine, which costs more than reading them."""

    def written(value: str, is_quoted: bool) -> str:
        needs_quotes = is_quoted or any(mark in value for mark in ',"')
        return '"' + value.replace('"', '""') + '"' if needs_quotes else value

    lines = (",".join(written(*field) for field in record) + "\n" for record in records)
    path = tmp_path / "in.csv"
    path.write_bytes("".join(lines).encode())
    unclean: set[int] = set()
    for part in spool(path, LAYOUT, tmp_path, fallback_encoding="cp1252"):
        assert part.bad == []
        unclean |= part.unclean_fields
    assert unclean == {
        place
        for record in records
        for place, (value, _) in enumerate(record)
        if value != value.strip(" ")
    }


@pytest.mark.parametrize("broken", [0, 5, 9])
def test_one_open_quote_among_quoted_rows(tmp_path: Path, broken: int) -> None:
    rows = [f'"{n}","text, {n}","x"' for n in range(10)]
    rows[broken] = f'"{broken}","open,"x"'
    good, bad = cut("\n".join(rows).encode(), tmp_path)
    assert bad == [broken + 1]
    assert len(good) == 9


#: Pieces of JSON, whole and broken.
JSON_SOUP = st.lists(
    st.sampled_from(
        ["{", "}", "[", "]", ",", ":", '"a"', '{"a":1}', "1e9", "null", "\n", " ", '"', "\\", "é"]
    ),
    max_size=25,
).map("".join)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='a"\\\n{[é', max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner),
    max_leaves=6,
)


def records_of(parts: Iterator[Part]) -> tuple[list[str], int]:
    """The spooled records, and how many were turned away."""
    good: list[str] = []
    bad = 0
    for part in parts:
        good += part.path.read_text(encoding="utf-8").split("\n")[:-1]
        bad += len(part.bad)
    return good, bad


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(SOUP)
def test_each_filled_line_is_a_record_of_json_lines(tmp_path: Path, text: str) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(text.encode())
    good, bad = records_of(spool(path, None, tmp_path, fallback_encoding="auto"))
    if "\r" not in text:
        assert len(good) + bad == sum(bool(line.encode().strip()) for line in text.split("\n"))


def values_of(text: str) -> list[object]:
    """The values of arrays and objects, one document behind the other."""
    values: list[object] = []
    rest = text.strip(" \n")
    while rest:
        if rest[0] not in "[{":
            raise ValueError("neither an array nor an object")
        value, end = json.JSONDecoder().raw_decode(rest)
        values += value if isinstance(value, list) else [value]
        rest = rest[end:].strip(" \n")
    return values


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(JSON_SOUP)
def test_a_document_is_read_as_the_standard_library_reads_it(tmp_path: Path, soup: str) -> None:
    path = tmp_path / "in.json"
    path.write_text("[" + soup, encoding="utf-8")
    try:
        expected = values_of("[" + soup)
    except ValueError:
        with pytest.raises(UnreadableFileError):
            records_of(spool_document(path, tmp_path, fallback_encoding="auto", keys=()))
        return
    good, bad = records_of(spool_document(path, tmp_path, fallback_encoding="auto", keys=()))
    assert [json.loads(record) for record in good] == [x for x in expected if isinstance(x, dict)]
    assert bad == sum(not isinstance(value, dict) for value in expected)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.dictionaries(st.text("ab", max_size=2), VALUES), max_size=5), st.booleans())
def test_a_page_gives_back_its_records(tmp_path: Path, rows: list[dict], is_wide: bool) -> None:
    path = tmp_path / "in.json"
    page = {"page": {"calls": 1}, "calls": rows, "next": None}
    path.write_text(json.dumps(page, indent=2 if is_wide else None), encoding="utf-8")
    good, bad = records_of(spool_document(path, tmp_path, fallback_encoding="auto", keys=["calls"]))
    assert ([json.loads(record) for record in good], bad) == (rows, 0)
