"""Every scenario of the registry in one warehouse: day by day, at once, shuffled and repeated."""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
from collections import defaultdict
from collections.abc import Callable, Iterable

import pytest

from tests.integration.conftest import KEY, World
from tests.integration.conftest import _key as _key
from tests.integration.conftest import make_world as make_world
from tests.scenarios.registry import Scenario, scenarios

ALL = list(scenarios())
PERSONS = ("+bridge_person_identifier", "+dim_person", "+person_id_history", "+identity_edges_cut")
FACTS = ("+fct_sessions", "+fct_calls")
HASHED = {"email": "email_hash", "phone": "phone_hash"}
Bridge = dict[tuple[str, str], set[str]]


def identifier(text: str) -> tuple[str, str]:
    """`kind:value` as the bridge writes it."""
    kind, value = text.split(":", 1)
    if kind not in HASHED:
        return kind, value
    return HASHED[kind], hmac.new(KEY.encode(), value.encode(), hashlib.sha256).hexdigest()


def deliver(world: World, days: Iterable[int], tag: str = "") -> None:
    """The files of these days, in a folder for each table."""
    tables: dict[tuple[str, int], list[dict[str, str]]] = defaultdict(list)
    for scenario in ALL:
        for day in days:
            for table, row in scenario.days[day]:
                tables[table, day].append(row)
    for (table, day), rows in tables.items():
        columns = list(dict.fromkeys(column for row in rows for column in row))
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        world.put(f"{table}/day{tag}_2026-10-{20 + day}.csv", text.getvalue())


def build(world: World, *more: str) -> None:
    world.ingest()
    done = world.dbt("run", "--quiet", "--select", *PERSONS, *more)
    assert done.returncode == 0, done.stdout[-3000:]


def partition(world: World) -> set[frozenset[tuple[str, str, str]]]:
    """Identifiers and the start of their period, grouped by person."""
    groups: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for kind, value, since, until, person in world.rows(
        "select identifier_type, identifier_value, valid_from, valid_to, person_id "
        "from marts.bridge_person_identifier"
    ):
        groups[person].add((kind, value, f"{since} {until}"))
    return {frozenset(group) for group in groups.values()}


@pytest.fixture(scope="module")
def daily(make_world: Callable[..., World]) -> World:
    """A run a day, each with its own clock."""
    world = make_world("2026-10-21T22:00:00Z")
    for day in (1, 2, 3, 4):
        world.as_of = f"2026-10-{20 + day}T22:00:00Z"
        deliver(world, [day])
        world.ingest()
        build(world, *(FACTS if day == 4 else ()))
    return world


@pytest.fixture(scope="module")
def bridge(daily: World) -> Bridge:
    """Persons of each identifier, over all its periods."""
    found: Bridge = defaultdict(set)
    for kind, value, person in daily.rows(
        "select identifier_type, identifier_value, person_id from marts.bridge_person_identifier"
    ):
        found[kind, value].add(person)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ALL, ids=lambda s: s.name)
def test_who_is_who(scenario: Scenario, bridge: Bridge) -> None:
    owners = []
    for group in scenario.persons:
        held = [bridge.get(identifier(text), set()) for text in sorted(group)]
        assert all(len(persons) == 1 for persons in held), (group, held)
        assert len(set.union(*held)) == 1, (group, held)
        owners += [persons.copy().pop() for persons in held[:1]]
    assert len(set(owners)) == len(scenario.persons), "two of its persons are one"
    for text in scenario.absent:
        assert identifier(text) not in bridge, text


@pytest.mark.slow
@pytest.mark.parametrize(
    "scenario", [s for s in ALL if s.sessions or s.calls], ids=lambda s: s.name
)
def test_sessions_and_calls_are_the_persons(
    scenario: Scenario, daily: World, bridge: Bridge
) -> None:
    def is_right(found: str | None, expected: str | None) -> bool:
        if expected is None:
            known = {p for group in scenario.persons for t in group for p in bridge[identifier(t)]}
            return found not in known
        return found is not None and {found} == bridge[identifier(expected)]

    for visitor, at, expected in scenario.sessions:
        ((person,),) = daily.rows(
            f"select person_id from marts.fct_sessions where visitor_id = '{visitor}' "
            f"and session_start_at = timestamp '{at[:-1]}'"
        )
        assert is_right(person, expected), (visitor, at, person)
    for number, at, expected in scenario.calls:
        ((person,),) = daily.rows(
            f"select person_id from marts.fct_calls where caller_hash = "
            f"'{identifier('phone:' + number)[1]}' and started_at = timestamp '{at[:-1]}'"
        )
        assert is_right(person, expected), (number, at, person)


@pytest.mark.slow
def test_no_person_holds_two_customers_that_nothing_joins(daily: World) -> None:
    # The stewards' pairs are the only ones with two numbers.
    assert daily.rows(
        "select customer_id from marts.dim_person where customer_id_count > 1 order by customer_id"
    ) == [("st-c3",), ("wn-c1",)]


@pytest.mark.slow
def test_the_history_tells_merges_and_splits(daily: World) -> None:
    told = dict(daily.rows("select event, count(*) from marts.person_id_history group by event"))
    for event in ("merged_into", "split_from"):
        # Chains and ladders merge on their way too.
        assert told[event] >= sum(scenario.history.get(event, 0) for scenario in ALL)
    # Who went into another person lives again only by a split.
    revived = daily.rows(
        "select told.person_id from marts.person_id_history as told join marts.dim_person "
        "as living on told.person_id = living.person_id where told.event = 'merged_into'"
    )
    split = daily.rows("select person_id from marts.person_id_history where event = 'split_from'")
    assert set(revived) <= set(split)
    living = {person for (person,) in daily.rows("select person_id from marts.dim_person")}
    created = {
        person
        for (person,) in daily.rows(
            "select person_id from marts.person_id_history where event = 'created'"
        )
    }
    assert living <= created


@pytest.mark.slow
def test_cuts_are_audited(daily: World) -> None:
    cuts = dict(daily.rows("select rule, edge_count from marts.identity_edges_cut"))
    assert cuts["phone_hash shared by more than 4 customer_id"] == 5
    assert cuts["weakest or least recent sign between two customers: form_email"] == 1


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_same_persons_in_every_order(make_world: Callable[..., World], daily: World) -> None:
    expected = partition(daily)
    full = make_world("2026-10-24T22:00:00Z")
    deliver(full, [1, 2, 3, 4])
    full.ingest()
    build(full)
    assert partition(full) == expected
    # Ids are kept by a full refresh.
    ids = full.rows("from restricted.id_ledger select member_id, person_id order by all")
    done = full.dbt("run", "--quiet", "--full-refresh", "--select", *PERSONS)
    assert done.returncode == 0, done.stdout[-3000:]
    assert full.rows("from restricted.id_ledger select member_id, person_id order by all") == ids

    shuffled = make_world("2026-10-24T22:00:00Z")
    deliver(shuffled, [3, 1])
    shuffled.ingest()
    build(shuffled)
    deliver(shuffled, [4, 2])
    deliver(shuffled, [1, 2, 3, 4], tag="_again")
    build(shuffled)
    assert partition(shuffled) == expected
