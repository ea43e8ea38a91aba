"""Calls of JSON vendors in any order of delivery, and deliveries that are partly broken."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from orchestration.ingestion.file_records import FileResult
from tests.integration.conftest import World
from tests.integration.genesys_conversations import conversations
from tests.integration.test_real_call_records import GENESYS, TRANSCRIPTS, TWILIO, WRAP_UPS
from tests.integration.twilio_calls import leg, legs, lines

# The sample world of test_equality holds this family too; alone, its faults are easier to find.
pytestmark = pytest.mark.long

MARTS = ("fct_calls", "contact_centre_intervals")
DAYS = 5


def deliveries() -> list[tuple[str, str]]:
    """Every record on some day, open copies and restated ones on others; a name and a text each."""
    chance = random.Random(7)
    days: dict[tuple[str, int], list[Any]] = {}

    def put(kind: str, record: Any, day: int | None = None) -> None:
        days.setdefault((kind, chance.randrange(DAYS) if day is None else day), []).append(record)

    for told in legs():
        put("twilio", told)
        if told["status"] in ("completed", "no-answer"):
            opened = told | {"status": "in-progress", "end_time": None, "duration": None}
            put("twilio", opened | {"date_updated": told["start_time"]})
        put("twilio", told)
    # The same end, told once more with a price.
    put("twilio", leg("api", 0, 40, direction="outbound-api", price="-0.1", date_updated=None))
    for talk in conversations().values():
        put("genesys", talk)
        put("genesys", {key: value for key, value in talk.items() if key != "conversationEnd"})
        put("genesys", talk | {"participants": talk["participants"][:1]})
    header, *notes = WRAP_UPS.splitlines()
    for note in notes:
        put("wrap_ups", note)
    for segment in TRANSCRIPTS:
        put("transcripts", segment)
        put("transcripts", segment | {"language": "es", "exported_at": "2026-10-07T00:00:00Z"}, 4)
    files = []
    for (kind, day), records in sorted(days.items(), key=lambda item: item[0]):
        stem = f"call_records/{kind}/{kind}_2026-10-{10 + day}"
        match kind:
            case "wrap_ups":
                files.append((f"{stem}.csv", "\n".join([header, *records]) + "\n"))
            case "genesys":
                files.append((f"{stem}.json", json.dumps({"conversations": records})))
            case _:
                files.append((f"{stem}.jsonl", lines(records)))
    return files


def marts(world: World) -> dict[str, list[tuple[Any, ...]]]:
    built = world.dbt("run", "--quiet", "--select", *(f"+{name}" for name in MARTS))
    assert built.returncode == 0, built.stdout[-3000:]
    found = {name: world.rows(f"from marts.{name} order by all") for name in MARTS}
    # Once in each world: no copy of a leg, a session or a segment counts beside another.
    told = {
        (format_, name): tuple(values)
        for format_, name, *values in world.rows(
            "select source_format, source_call_id, outcome, wait_seconds, talk_seconds, leg_count, "
            "transfer_count from marts.fct_calls"
        )
    }
    assert told == {
        **{("twilio", name): values[:5] for name, values in TWILIO.items()},
        **{("genesys", name): (*values[:3], *values[5:7]) for name, values in GENESYS.items()},
    }
    return found


@pytest.fixture(scope="module")
def at_once(make_world: Callable[..., World]) -> dict[str, list[tuple[Any, ...]]]:
    world = make_world("2026-10-31T22:00:00Z")
    for name, text in deliveries():
        world.put(name, text)
    world.ingest()
    return marts(world)


@pytest.mark.parametrize("order", ["in order, twice", "shuffled"])
def test_same_calls_in_every_order(
    make_world: Callable[..., World], at_once: dict[str, list[tuple[Any, ...]]], order: str
) -> None:
    world = make_world("2026-10-31T22:00:00Z")
    by_day: dict[str, list[tuple[str, str]]] = {}
    for name, text in deliveries():
        by_day.setdefault(name[-8:], []).append((name, text))
    days = [files for _, files in sorted(by_day.items())]
    if order == "shuffled":
        random.Random(11).shuffle(days)
    for files in days:
        for name, text in files:
            world.put(name, text)
        world.ingest()
        if order != "shuffled":
            for name, text in files:
                folder, _, base = name.rpartition("/")
                world.put(f"{folder}/again/{base}", text)
            assert not [file for file in world.ingest().files if file.rows_loaded]
    found = marts(world)
    assert len(at_once["fct_calls"]) > 30
    for name in MARTS:
        assert found[name] == at_once[name], name


def quarantined(world: World, file: FileResult) -> list[tuple[Any, ...]]:
    return world.rows(
        f"select line, field, reason from audit.quarantine where file_id = '{file.file_id}' "
        "order by line"
    )


def test_broken_legs_are_named_and_the_others_load(make_world: Callable[..., World]) -> None:
    world = make_world("2026-10-31T22:00:00Z")
    good = [json.dumps(each) for each in legs()[:5]]
    bad = [
        good[0][:70],
        json.dumps(leg("long", 0, 9, duration="nine")),
        json.dumps(leg("lost", 0, 9, "vanished")),
        json.dumps(leg("nobody", 0, 9) | {"sid": None}),
        json.dumps(leg("undated", 0, 9) | {"start_time": None, "date_created": None}),
        json.dumps(leg("31 June", 0, 9) | {"end_time": "Wed, 31 Jun 2026 09:00:00 +0000"}),
        '["no", "object"]',
    ]
    # Good and bad ones take turns.
    mixed = [line for pair in zip(good, bad, strict=False) for line in pair] + bad[5:]
    world.put("call_records/twilio/mixed.jsonl", "\n".join(mixed) + "\n")
    (file,) = world.ingest().files
    assert (file.status, file.rows_read) == ("loaded", 12)
    assert (file.rows_loaded, file.rows_quarantined) == (5, 7)
    found = quarantined(world, file)
    assert [line for line, *_ in found] == [2, 4, 6, 8, 10, 11, 12]
    fields = [field for _, field, _ in found]
    assert fields[1:6] == ["duration", "status", "sid", "date_created", "end_time"]
    reasons = [reason for *_, reason in found]
    assert reasons[1] == "no whole number"
    assert "codes in _source.yml" in reasons[2]
    assert reasons[3] == reasons[4] == "a required value is missing"
    assert "no JSON object" in reasons[6]


def test_broken_conversations_and_segments(make_world: Callable[..., World]) -> None:
    world = make_world("2026-10-31T22:00:00Z")
    talk = conversations()["answered"]
    world.put(
        "call_records/genesys/mixed.jsonl",
        lines(
            [
                talk,
                talk | {"conversationId": "a", "conversationStart": "yesterday"},
                talk | {"conversationId": "b", "participants": None},
                talk | {"conversationId": "c", "originatingDirection": "sideways"},
            ]
        ),
    )
    world.put("call_records/genesys/cut.json", json.dumps({"conversations": [talk, talk]})[:-900])
    segment = TRANSCRIPTS[0]
    world.put(
        "call_records/transcripts/mixed.jsonl",
        lines([segment, segment | {"speaker": "robot"}, segment | {"segment_index": 1.5}]),
    )
    world.put("call_records/wrap_ups/wrong.csv", "id,reason_code\n1,a\n")
    world.put(
        "call_records/wrap_ups/mixed.csv",
        "call_id;reason_code;set_at\n1;a;2026-10-05T09:00:00Z\n2;b;noon\n;c;\n",
    )
    files = {
        file.path.rsplit("/", 2)[-2:][0] + "/" + file.path.rsplit("/", 1)[-1]: file
        for file in world.ingest().files
    }
    assert [f for _, f, _ in quarantined(world, files["genesys/mixed.jsonl"])] == [
        "conversation_start",
        "participants",
        "originating_direction",
    ]
    assert files["genesys/cut.json"].status == "rejected"
    assert files["wrap_ups/wrong.csv"].status == "rejected"
    assert [f for _, f, _ in quarantined(world, files["transcripts/mixed.jsonl"])] == [
        "speaker",
        "segment_index",
    ]
    assert quarantined(world, files["wrap_ups/mixed.csv"]) == [
        (3, "set_at", "no ISO 8601 time such as 2026-10-31T22:00:00Z"),
        (4, "call_id", "a required value is missing"),
    ]
    reasons = dict(world.rows("select path, reason from audit.files where status = 'rejected'"))
    by_name = {path.rsplit("/", 1)[-1]: reason for path, reason in reasons.items()}
    assert "truncated or damaged" in by_name["cut.json"]
    assert "required column call_id missing" in by_name["wrong.csv"]
