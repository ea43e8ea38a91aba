"""Twilio, Genesys, wrap-ups and transcripts of the sample world: shapes, faults, one telling."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from email.utils import parsedate_to_datetime

from sample_helpers import World, genesys, json_lines, rows_of, twilio


def told(world: World) -> list[dict[str, str]]:
    with (world.out / "truth" / "call_sessions.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_no_call_is_told_twice(world: World) -> None:
    rows = told(world)
    formats = Counter(row["source_format"] for row in rows)
    assert set(formats) == {"asterisk", "flat", "twilio", "genesys"}
    assert (formats["asterisk"] + formats["flat"]) / len(rows) >= 0.7
    assert len({row["source_call_id"] for row in rows}) == len(rows)


def test_twilio_legs_hang_together(world: World) -> None:
    legs = {leg["sid"]: leg for leg in twilio(world.out) if leg["status"] != "in-progress"}
    opened = [leg["sid"] for leg in twilio(world.out) if leg["status"] == "in-progress"]
    assert opened
    assert set(opened) <= set(legs)
    children = [leg for leg in legs.values() if leg["parent_call_sid"]]
    assert {leg["parent_call_sid"] for leg in children} <= set(legs)
    assert {leg["status"] for leg in children} == {"completed", "no-answer", "canceled"}
    folder = world.out / "call_records" / "twilio"
    assert len(list(folder.glob("*.csv"))) > 2
    for leg in json_lines(folder):
        assert parsedate_to_datetime(leg["start_time"]).utcoffset() is not None
    cut = 0
    for path in folder.glob("*.jsonl.gz"):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            cut += sum(not line.endswith("}\n") for line in file)
    assert 0 < cut < 0.02 * len(legs)


def test_genesys_conversations_are_voice_but_for_some(world: World) -> None:
    media: Counter[str] = Counter()
    ended: set[str] = set()
    opened: set[str] = set()
    transfers = notes = 0
    for talk in genesys(world.out):
        first = talk["participants"][0]["sessions"][0]
        media[first["mediaType"]] += 1
        (ended if "conversationEnd" in talk else opened).add(talk["conversationId"])
        transfers += "nTransferred" in str(talk)
        notes += "wrapUpNote" in str(talk)
    assert opened
    assert opened <= ended
    assert media["voice"] > 10 * media["message"] > 0
    assert transfers > 5
    assert notes > 5


def test_wrap_ups_and_transcripts_name_calls_that_exist(world: World) -> None:
    known = {row["source_call_id"] for row in told(world)}
    notes = list(rows_of(world.out / "call_records/wrap_ups"))
    assert {row["call_id"] for row in notes} <= known
    corrected = [
        key for key, count in Counter(row["call_id"] for row in notes).items() if count > 1
    ]
    assert corrected
    assert any(row["note"] for row in notes)
    segments = list(json_lines(world.out / "call_records/transcripts"))
    assert {row["call_id"] for row in segments} <= known
    assert {row["speaker"] for row in segments} == {"customer", "adviser"}
    assert {row["language"] for row in segments} == {"fr-FR", "en"}
    assert len({(row["call_id"], row["segment_index"]) for row in segments}) == len(segments)
