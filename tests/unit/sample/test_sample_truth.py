"""The truth files agree with themselves and with what was delivered."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
from sample_columns import EXPECTED
from sample_helpers import World, ga4, genesys, json_rows, master, rows_of, snowplow, twilio

from orchestration.sample.campaigns import CAMPAIGNS
from orchestration.sample.columns import SNOWPLOW
from orchestration.sample.config import CHANNELS, DEFAULT_ENDS_AT, WorldConfig
from orchestration.sample.demand import NOT_SOLD, build_needs
from orchestration.sample.ids import Ids
from orchestration.sample.people import build_people
from orchestration.sample.truth import causes, incremental, without

FILES = sorted(name.split("/")[1] for name in EXPECTED if name.startswith("truth/"))


def truth(world: World, name: str) -> list[dict[str, str]]:
    with (world.out / "truth" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def newest(folder: Path) -> list[dict[str, str]]:
    with sorted(folder.glob("*.csv"))[-1].open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def column(world: World, name: str) -> set[str]:
    place = SNOWPLOW.index(name)
    return {fields[place] for _, fields in snowplow(world.out) if len(fields) == 131}


@pytest.mark.parametrize("name", FILES)
def test_columns(world: World, name: str) -> None:
    path = world.out / "truth" / f"{name}.csv"
    header = path.open(encoding="utf-8").readline().rstrip("\n").split(",")
    assert header == EXPECTED[f"truth/{name}"].split()
    assert truth(world, name)


def test_every_call_is_in_the_landing_zone_and_back(world: World) -> None:
    delivered = {("asterisk", row[16]) for row in master(world.out) if len(row) == 18}
    for row in rows_of(world.out / "call_records/flat"):
        number = row["transferred_from_call_id"] or row["call_id"]
        delivered.add(("flat", number))
    delivered |= {("twilio", row["sid"]) for row in twilio(world.out) if not row["parent_call_sid"]}
    delivered |= {
        ("genesys", talk["conversationId"])
        for talk in genesys(world.out)
        if talk["participants"][0]["sessions"][0]["mediaType"] == "voice"
    }
    rows = truth(world, "call_sessions")
    assert {(row["source_format"], row["source_call_id"]) for row in rows} == delivered
    states = Counter(row["lease_state"] for row in rows)
    assert set(states) == {"exact", "late", "recycled", "overflow", "none"}
    assert all(row["tracker_session_id"] for row in rows if row["lease_state"] != "none")


def test_call_sessions_and_leases_agree(world: World) -> None:
    leases = {
        row["tracker_session_id"]: row for row in rows_of(world.out / "call_records/number_leases")
    }
    dialled = {row[16]: row[2] for row in master(world.out) if len(row) == 18}
    for row in truth(world, "call_sessions"):
        state = row["lease_state"]
        if state == "none":
            continue
        lease = leases[row["tracker_session_id"]]
        assert lease["visitor_id"] == row["visitor_id"]
        assert lease["number"] == dialled[row["source_call_id"]]
        assert (state == "overflow") == (lease["reason"] == "overflow")


def test_identifiers_occur_in_the_landing_zone(world: World) -> None:
    rows = truth(world, "identifiers")
    by_kind: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        by_kind[row["identifier_type"]].add(row["identifier_value"])
    seen = {
        fields[SNOWPLOW.index("domain_userid")]
        for _, fields in snowplow(world.out)
        if len(fields) == 131
    }
    seen |= {row["visitor_id"] for row in rows_of(world.out / "web_tags/flat")}
    seen |= {row["anonymousId"] for row in json_rows(world.out / "web_tags/segment")}
    seen |= {row["user_pseudo_id"] for row in ga4(world.out)}
    assert len(by_kind["visitor_id"] - seen) <= 5
    customers = {row["customer_id"] for row in newest(world.out / "crm/customers")}
    assert by_kind["customer_id"] == customers
    mails = {r["value"] for r in newest(world.out / "crm/identifiers") if r["kind"] == "email"} | {
        r["email"] for r in rows_of(world.out / "crm/contacts")
    }
    mails |= {
        r["subject"] for r in rows_of(world.out / "crm/oppositions") if r["subject_kind"] == "email"
    }
    assert by_kind["email"] == mails - {""}
    owners: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        owners[(row["identifier_type"], row["identifier_value"])].add(row["true_person_id"])
    for row in rows:
        people = owners[(row["identifier_type"], row["identifier_value"])]
        if row["identifier_type"] != "phone":
            assert (len(people) > 1) <= (row["is_shared"] == "true")


def test_circles_hold_people_who_exist(world: World) -> None:
    rows = truth(world, "circles")
    sizes = Counter((row["circle_type"], row["circle_id"]) for row in rows)
    assert min(sizes.values()) >= 2
    assert {kind for kind, _ in sizes} == {"family", "friend", "interest"}
    assert len({tuple(row.values()) for row in rows}) == len(rows)
    known = {row["true_person_id"] for row in truth(world, "identifiers")}
    in_circles = {row["true_person_id"] for row in rows}
    # Nearly everybody leaves a trace; who leaves none can't be found by anybody.
    assert len(in_circles & known) / len(in_circles) > 0.6


def test_causes_of_sales(world: World) -> None:
    shares: dict[str, float] = defaultdict(float)
    channels = {channel.name for channel in CHANNELS}
    campaigns = {campaign.code for campaign in CAMPAIGNS}
    for row in truth(world, "sale_causes"):
        assert float(row["true_share"]) > 0
        shares[row["contract_id"]] += float(row["true_share"])
        assert row["marketing_channel"] in channels or row["marketing_channel"].startswith("(")
        assert row["campaign"] in campaigns
    assert all(abs(total - 1) < 1e-9 for total in shares.values())
    sold = {
        row["contract_id"]
        for row in newest(world.out / "crm/contracts")
        if row["call_id"] or row["tracker_session_id"]
    }
    assert sold == set(shares)
    assert len(sold) == world.summary.sales


def test_effects_of_channels(world: World) -> None:
    effects = {
        row["marketing_channel"]: int(row["true_incremental_sales"])
        for row in truth(world, "channel_effects")
    }
    assert effects["Direct"] == 0
    assert effects["Paid Search"] > effects["Display"] > 0
    assert all(0 <= value <= world.summary.sales for value in effects.values())


def test_intentions_are_potential_outcomes(world: World) -> None:
    rows = truth(world, "intentions")
    for row in rows:
        assert row["would_buy_if_called"] == "true" or row["would_buy_anyway"] == "false"
        assert row["furthest_step"] in ("1", "2", "3")
    called = np.mean([row["would_buy_if_called"] == "true" for row in rows])
    alone = np.mean([row["would_buy_anyway"] == "true" for row in rows])
    assert 0.05 < called - alone < 0.5


def test_the_counterfactual_is_the_generators_own() -> None:
    cfg = WorldConfig(300, 10, 3, DEFAULT_ENDS_AT)
    people = build_people(cfg)
    needs = build_needs(cfg, people)
    sold = np.flatnonzero(needs.sale != NOT_SOLD)
    # Every sale was reached by the causes that are written down, and not without the last ones.
    for need in sold[:200].tolist():
        total = sum(causes(needs, need).values())
        assert total >= needs.threshold[need] - 1e-12
    needs.sale_at[needs.sale == NOT_SOLD] = -1
    for channel in range(len(CHANNELS)):
        assert (without(needs, channel) <= without(needs, "(nothing)") + 1e-12).all()
        assert not incremental(needs, channel)[needs.sale == NOT_SOLD].any()


def test_contracts_name_calls_and_sessions_that_exist(world: World) -> None:
    calls = {row["source_call_id"] for row in truth(world, "call_sessions")}
    sessions = {
        fields[SNOWPLOW.index("domain_sessionid")]
        for _, fields in snowplow(world.out)
        if len(fields) == 131
    }
    sessions |= {row["session_id"] for row in rows_of(world.out / "web_tags/flat")}
    sessions |= {f"{row['user_pseudo_id']}.{row['ga_session_id']}" for row in ga4(world.out)}
    by_call = by_web = 0
    for row in newest(world.out / "crm/contracts"):
        if row["call_id"]:
            assert row["call_id"] in calls
            by_call += 1
        if row["tracker_session_id"]:
            assert row["tracker_session_id"] in sessions
            by_web += 1
    assert by_call > 100
    assert by_web > 100


def test_ids_are_one_to_one() -> None:
    cfg = WorldConfig(30_000, 2, 1, DEFAULT_ENDS_AT)
    people = build_people(cfg)
    ids = Ids(cfg, people)
    count = len(people)
    for spell in (ids.personal_number, ids.customer, ids.login, ids.handle):
        assert len({spell(person) for person in range(count)}) == count
    lines = {ids.landline(person) for person in range(count)}
    assert len(lines) == people.households
    assert not lines & {ids.personal_number(person) for person in range(count)}
