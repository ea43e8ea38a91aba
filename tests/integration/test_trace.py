"""Rows of marts traced back to lines, which are then read in the delivered files themselves."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import PROJECT_DIR
from orchestration.trace import FOLLOWED, WITHOUT_ROWS, TraceError, marts, trace
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
    ("fct_conversions", "conversion_id", "'contracts'", "contract_id"),
]
#: What the delivered line of an event, a leg, a customer and a sale holds.
TOLD = {
    "fct_sessions": ("session_id", "visitor_id"),
    "fct_calls": ("call_id", "source_call_id"),
    "bridge_person_identifier": ("person_id", "identifier_value"),
    "fct_conversions": ("conversion_id", "coalesce(contract_id, order_id)"),
}
HELD = ("event", "leg", "customer", "identifier", "contract", "order")
#: Marts that are traced through the ids of their rows.
THROUGH = [mart for mart in FOLLOWED if not mart.startswith(("e_rebond", "retargeting"))]


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
def test_a_person_leads_to_the_rows_that_name_them(world: World) -> None:
    ((person, customer),) = world.rows(
        "select person_id, customer_id from marts.dim_person "
        "where customer_id is not null order by person_id limit 1"
    )
    ((visitor,),) = world.rows(
        "select visitor_id from marts.fct_sessions where person_id is not null "
        "order by session_id limit 1"
    )
    with duckdb.connect(str(world.home / "warehouse.duckdb"), read_only=True) as con:
        named = [o for o in trace(con, "dim_person", person) if o.role in {"customer", "contract"}]
        assert named
        assert all(customer in line_of(world.landing / o.path, o.line) for o in named)
        ((owner,),) = world.rows(
            "select distinct person_id from marts.bridge_person_identifier "
            f"where identifier_value = '{visitor}' limit 1"
        )
        visits = [o for o in trace(con, "dim_person", owner) if o.role == "event"]
    assert any(visitor in line_of(world.landing / o.path, o.line) for o in visits)


@pytest.mark.slow
@pytest.mark.parametrize("mart", THROUGH)
def test_rows_are_followed_to_what_they_name(world: World, mart: str) -> None:
    names, columns = FOLLOWED[mart]
    key = ", ".join(f"cast({name} as varchar)" for name in names)
    followed = ", ".join(f"cast({column} as varchar)" for column in columns)
    (row,) = world.rows(
        f"select {key}, {followed} from marts.{mart} where {columns[0]} is not null "
        f"and {columns[0]} not in (select person_id from marts.dim_person where not is_customer) "
        f"order by all limit 1"
    )
    held = told_of(world, [value for value in row[len(names) :] if value is not None])
    with duckdb.connect(str(world.home / "warehouse.duckdb"), read_only=True) as con:
        origins = trace(con, mart, "|".join(row[: len(names)]))
    assert {origin.role for origin in origins} & set(HELD)
    for origin in origins:
        line = line_of(world.landing / origin.path, origin.line)
        assert origin.role not in HELD or any(part in line for part in held), (mart, origin)


def told_of(world: World, ids: list[str]) -> set[str]:
    """Ids of visitors, calls, customers and sales as their systems write them, of these rows."""
    return {
        # A leg may name its call by the linking id; an id of two parts stands in two fields.
        str(value).split(".")[0]
        for mart, (key, told) in TOLD.items()
        for column in (key, "person_id")
        for (value,) in world.rows(
            f"select {told} from marts.{mart} where {told} is not null "
            f"and {column} in ({', '.join(repr(i) for i in ids)})"
        )
    }


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
