"""One lead for each reason not to call, and those who may be called: at once, and coming late."""

from __future__ import annotations

import csv
import io
import random
from collections import defaultdict
from collections.abc import Callable, Iterator

import pytest

from tests.integration.conftest import World
from tests.integration.conftest import _key as _key
from tests.integration.conftest import make_world as make_world

#: A Wednesday, 8:30 in Paris.
AS_OF = "2026-10-21T06:30:00Z"
MODELS = ("+int_e_rebond__verdicts", "+int_e_rebond__calling_windows")
Row = tuple[str, dict[str, str]]

#: By customer and product: the reason, or what the call may rest on. Worked out by hand.
EXPECTED = {
    ("consent", "P-HAB"): "consent",
    ("contract", "P-HAB"): "running_contract",
    # on a Saturday: the time was agreed on
    ("request", "P-HAB"): "request",
    ("chat", "P-HAB"): "consent",
    ("touch", "P-HAB"): "consent",
    ("bought", "P-HAB"): "converted",
    ("in-talks", "P-HAB"): "open_lead",
    ("spoken-to", "P-HAB"): "already_called",
    ("complains", "P-HAB"): "open_complaint",
    ("mourns", "P-HAB"): "key_moment",
    ("silent", "P-HAB"): "no_consent",
    ("unproved", "P-HAB"): "no_consent",
    ("objects", "P-HAB"): "opposed",
    ("refused", "P-HAB"): "refused",
    # four months ago, and never again, for it was insurance
    ("not-interested", "P-HAB"): "refused",
    ("tried", "P-HAB"): "attempts_cap",
    ("forgotten", "P-HAB"): "out_of_retention",
    ("numberless", "P-HAB"): "no_number",
    ("renovates", "P-RENO"): "banned_sector",
    ("hesitates", "P-HAB"): "below_threshold",
    ("looks", "P-HAB"): "not_solicited",
    ("reads-quote", "P-HAB"): "documents_pause",
    # of Saturday: J was Monday, J+1 yesterday
    ("late", "P-HAB"): "no_window",
    ("two-products", "P-HAB"): "other_candidate",
    ("two-products", "P-AUTO"): "consent",
    # a visitor who lets nobody link the visit: no customer
    (None, "P-HAB"): "no_consent",
}
NAMES = [name for name in dict.fromkeys(name for name, _ in EXPECTED) if name]
#: Who didn't say that we may call.
WITHOUT_CONSENT = {"contract", "request", "silent", "unproved"}
#: Who came by another sign than a quote left on Tuesday at 17:12 in Paris, at its third step.
OTHER_SIGNS = {"request", "chat", "touch", "forgotten", "renovates", "hesitates", "looks", "late"}


def number(name: str) -> str:
    return f"+336399800{NAMES.index(name):02}"


def pages(
    name: str, paths: list[str], moment: str = "2026-10-20T15", event: str = "page_view"
) -> Iterator[Row]:
    """Events five minutes apart, of a visitor who logs in, or of one who lets nobody link them."""
    for place, path in enumerate(paths):
        yield (
            "web_tags/flat",
            {
                "event_id": f"{name}-{moment}-{path}-{event}",
                "event_name": event,
                "occurred_at": f"{moment}:{2 + 5 * place:02}:00Z",
                "visitor_id": f"v-{name}",
                "login_id": f"login-{name}" if name in NAMES else "",
                "consent_navigation_linking": "granted" if name in NAMES else "denied",
                "page_url": f"https://bank.example/{path}",
            },
        )


def quote(name: str, steps: int = 3, product: str = "habitation", **when: str) -> Iterator[Row]:
    paths = [f"devis/{product}/etape-{step}" for step in range(1, steps + 1)]
    return pages(name, paths, **when)


def customer(name: str) -> Iterator[Row]:
    since = "2019-01-01T00:00:00Z" if name == "forgotten" else "2026-01-01T00:00:00Z"
    yield "crm/customers", {"customer_id": name, "kind": "person", "created_at": since}
    kinds = {"login_id": f"login-{name}", "email": f"{name}@example.org", "phone": number(name)}
    for kind, value in kinds.items():
        if kind == "phone" and name == "numberless":
            continue
        row = {"customer_id": name, "kind": kind, "value": value, "valid_from": since}
        yield "crm/identifiers", row
    if name not in WITHOUT_CONSENT or name == "unproved":
        yield (
            "crm/consents",
            {
                "consent_id": f"consent-{name}",
                "subject_kind": "customer_id",
                "subject": name,
                "purpose": "phone_canvassing",
                "status": "granted",
                "at": "2026-02-01T00:00:00Z",
                "proof_ref": "" if name == "unproved" else "proof",
            },
        )


def contract(name: str, product: str, opened_at: str) -> Row:
    row = {"contract_id": f"{name}-{product}", "customer_id": name, "role": "holder"}
    return "crm/contracts", row | {"product_id": product, "opened_at": opened_at, "premium": "99"}


def contact(name: str, channel: str, direction: str, **columns: str) -> Row:
    row = {"contact_id": f"{channel}-{name}", "channel": channel, "direction": direction}
    return "crm/contacts", row | {"customer_id": name, "subject": "devis_habitation"} | columns


def call(name: str, moment: str, result: str) -> Iterator[Row]:
    """A call of ours, and what its adviser wrote down."""
    outcome = "no_answer" if result == "no_answer" else "answered"
    yield (
        "call_records/flat",
        {
            "call_id": f"{name}-{moment}",
            "direction": "outbound",
            "caller_number": "+33199000010",
            "dialled_number": number(name),
            "started_at": moment,
            "outcome": outcome,
            "adviser_id": "A1",
        },
    )
    row = {"target_id": f"{name}-{moment}", "attempted_at": moment, "adviser_id": "A1"}
    yield "crm/lead_outcomes", row | {"result": result}


def world_rows() -> Iterator[Row]:
    """All cases."""
    for product, family in (("P-HAB", "iard"), ("P-AUTO", "iard"), ("P-RENO", "home_adaptation")):
        insured = "false" if product == "P-RENO" else "true"
        row = {"product_id": product, "name": product, "family": family, "is_insurance": insured}
        yield "crm/products", row
    row = {"product_id": "P-AUTO", "related_product_id": "P-HAB", "reviewed_by": "legal"}
    yield "crm/product_relations", row | {"reviewed_at": "2026-01-01T00:00:00Z"}
    for name in NAMES:
        yield from customer(name)
        if name not in OTHER_SIGNS:
            yield from quote(name)
    yield from quote("visitor")
    yield from quote("two-products", product="auto", moment="2026-10-20T16")
    yield from quote("hesitates", steps=1)
    yield from quote("late", moment="2026-10-17T10")
    for name in ("forgotten", "looks"):
        yield from pages(name, ["tarifs/habitation", "tarifs/habitation/options"])
    yield from pages("touch", ["habitation/contact"], event="click_to_call")
    yield contact(
        "request", "callback_request", "inbound",
        occurred_at="2026-10-20T15:00:00Z", ended_at="2026-10-24T08:00:00Z",
    )  # fmt: skip
    yield contact(
        "chat", "chat", "inbound", occurred_at="2026-10-20T15:00:00Z", outcome="abandonne"
    )
    yield contact("reads-quote", "email", "outbound", occurred_at="2026-10-20T19:00:00Z")
    yield (
        "social/reviews",
        {
            "review_id": "r1",
            "platform": "shop",
            "author": "@r",
            "rating": "5",
            "rating_max": "5",
            "product_id": "P-RENO",
            "created_at": "2026-10-20T15:00:00Z",
            "customer_id": "renovates",
        },
    )
    yield contract("contract", "P-AUTO", "2026-03-01T10:00:00Z")
    # after the quiet time: until then nothing was left
    yield contract("bought", "P-HAB", "2026-10-20T21:00:00Z")
    yield from call("in-talks", "2026-10-16T10:00:00Z", "interested")
    yield from call("spoken-to", "2026-10-20T16:30:00Z", "wrong_moment")
    yield from call("refused", "2026-10-01T10:00:00Z", "refused")
    yield from call("not-interested", "2026-06-18T10:00:00Z", "refused")
    for day in (13, 14, 15, 19):
        yield from call("tried", f"2026-10-{day}T10:00:00Z", "no_answer")
    row = {"case_id": "case", "customer_id": "complains", "kind": "complaint", "status": "open"}
    yield "crm/cases", row | {"opened_at": "2026-10-19T08:00:00Z"}
    row = {"customer_id": "mourns", "kind": "deces_proche", "occurred_on": "2026-10-01"}
    yield "crm/life_events", row
    row = {"subject_kind": "phone", "subject": number("objects"), "list": "internal"}
    yield "crm/oppositions", row | {"since": "2026-09-01T00:00:00Z"}


def deliver(world: World, rows: list[Row], tag: str) -> None:
    tables: dict[str, list[dict[str, str]]] = defaultdict(list)
    for table, row in rows:
        tables[table].append(row)
    for table, found in tables.items():
        text = io.StringIO()
        columns = list(dict.fromkeys(column for row in found for column in row))
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)
        if table == "crm/contracts":
            world.put("crm/contracts/_source.yml", "currency: EUR\n")
        world.put(f"{table}/{tag}.csv", text.getvalue())
    world.ingest()
    done = world.dbt("run", "--quiet", "--select", *MODELS)
    assert done.returncode == 0, done.stdout[-3000:]


def leads(world: World) -> list[tuple[object, ...]]:
    """Candidates but for persons, whose ids are each run's own."""
    return world.rows(
        "select customer_id, product_id, eligibility.* "
        "from intermediate.int_e_rebond__candidates "
        "inner join intermediate.int_e_rebond__eligibility as eligibility using (candidate_id) "
        "order by all"
    )


@pytest.fixture(scope="module")
def at_once(make_world: Callable[..., World]) -> World:
    world = make_world(AS_OF)
    deliver(world, list(world_rows()), "all")
    return world


@pytest.mark.slow
def test_each_lead_has_its_reason_or_its_ground(at_once: World) -> None:
    found = {
        (customer, product): reason or basis
        for customer, product, _, _, reason, basis, *_ in leads(at_once)
    }
    assert found == EXPECTED


@pytest.mark.slow
def test_every_reason_but_that_of_our_own_number_is_among_them(at_once: World) -> None:
    reasons = {
        reason for (reason,) in at_once.rows("select exclusion_reason from seeds.e_rebond_rules")
    }
    assert reasons - set(EXPECTED.values()) == {"no_caller_number"}


@pytest.mark.slow
def test_windows_are_those_of_the_calendar(at_once: World) -> None:
    """J+1 is today, in the consumer's hours; the agreed time is a Saturday's half hour."""
    windows = at_once.rows(
        "select customer_id, window_start_at::varchar, window_end_at::varchar, day_rank "
        "from intermediate.int_e_rebond__calling_windows "
        "inner join intermediate.int_e_rebond__candidates using (candidate_id) "
        "where customer_id in ('consent', 'request') order by all"
    )
    assert windows == [
        ("consent", "2026-10-21 08:00:00", "2026-10-21 11:00:00", 1),
        ("consent", "2026-10-21 12:00:00", "2026-10-21 18:00:00", 1),
        ("request", "2026-10-24 08:00:00", "2026-10-24 08:30:00", 0),
    ]


@pytest.mark.slow
def test_what_comes_late_or_twice_gives_the_same(
    at_once: World, make_world: Callable[..., World]
) -> None:
    """Halves in no order, one of them twice, with a run in between."""
    rows = list(world_rows())
    random.Random(6).shuffle(rows)
    half = len(rows) // 2
    late = make_world(AS_OF)
    deliver(late, rows[half:], "second")
    assert leads(late) != leads(at_once)
    deliver(late, rows[:half] + rows[half:], "first-and-second")
    assert leads(late) == leads(at_once)
