"""Rows of marts traced back to lines, which are then read in the delivered files themselves."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import PROJECT_DIR
from orchestration.trace import WITHOUT_ROWS, TraceError, marts, trace
from tests.integration.conftest import World
from tests.integration.sample_world import sample_world

#: Of each mart: the key, what tells its formats apart, and an id that the delivered line must hold.
TRACED = [
    ("fct_sessions", "session_id", "tag_format", "visitor_id"),
    ("fct_calls", "call_id", "source_format", "source_call_id"),
    ("fct_feedback", "feedback_id", "source_format", "source_response_id"),
    ("dim_product", "product_id", "'products'", "product_id"),
    ("dim_campaign", "campaign_id", "'campaigns'", "campaign_id"),
    ("dim_adviser", "adviser_id", "'advisers'", "adviser_id"),
]


@pytest.fixture(scope="module")
def world(make_world: Callable[..., World]) -> World:
    return sample_world(make_world)


def line_of(path: Path, number: int) -> str:
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    lines = text.splitlines()
    if path.name.startswith("conversations_") and len(lines) == 1:
        # A page on one line: what tells its records apart is their number.
        return json.dumps(json.loads(text)["conversations"][number - 1])
    return lines[number - 1]


@pytest.mark.slow
@pytest.mark.parametrize(("mart", "key", "format_", "told"), TRACED)
def test_a_row_of_each_format_leads_to_its_lines(
    world: World, mart: str, key: str, format_: str, told: str
) -> None:
    rows = world.rows(
        f"select {format_}, max({key}), arg_max({told}, {key}) from marts.{mart} "
        f"where {told} is not null group by 1"
    )
    assert rows
    with duckdb.connect(str(world.home / "warehouse.duckdb"), read_only=True) as con:
        for format_name, value, told_value in rows:
            for origin in trace(con, mart, value):
                line = line_of(world.landing / origin.path, origin.line)
                # A leg may name its call by the id that links legs, which not every order carries;
                # an id of two parts stands in two fields.
                parts = str(told_value).split(".") if format_name == "asterisk" else [told_value]
                assert parts[0] in line, (mart, format_name, origin)


@pytest.mark.slow
def test_an_interval_leads_to_as_many_calls_as_it_offered(world: World) -> None:
    ((queue, half_hour, offered),) = world.rows(
        "select queue, half_hour_at, offered from marts.contact_centre_intervals "
        "where offered > 0 order by offered desc, queue, half_hour_at limit 1"
    )
    with duckdb.connect(str(world.home / "warehouse.duckdb"), read_only=True) as con:
        origins = trace(con, "contact_centre_intervals", f"{queue}|{half_hour}")
    assert sum(origin.role == "call" for origin in origins) >= offered


@pytest.mark.slow
def test_what_cannot_be_traced_is_told(world: World) -> None:
    published = {path.stem for path in (PROJECT_DIR / "models" / "marts").rglob("*.sql")}
    assert {*marts(), *WITHOUT_ROWS} == published
    with duckdb.connect(str(world.home / "warehouse.duckdb"), read_only=True) as con:
        for mart, key, told in [
            ("dim_date", "2026-10-01", "calendar"),
            ("fct_nothing", "1", "no mart"),
            ("fct_calls", "unknown", "has no row"),
            ("fct_calls", "a|b", "has no row"),
            ("contact_centre_intervals", "loans", r"is queue\|half_hour_at"),
            ("contact_centre_intervals", "loans|soon", "no key of"),
            ("contact_centre_intervals", "a|b|2026-10-31 10:00", "has no row"),
        ]:
            with pytest.raises(TraceError, match=told):
                trace(con, mart, key)
    shown = world.cli("trace", "dim_product", "unknown")
    assert shown.returncode == 2
