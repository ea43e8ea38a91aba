"""The survey tools and networks of the sample world."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sample_helpers import World, rows_of


def lines_of(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("*.jsonl")):
        with path.open(encoding="utf-8") as file:
            yield from map(json.loads, file)


def qualtrics(out: Path) -> Iterator[dict[str, str]]:
    for path in sorted((out / "surveys" / "qualtrics").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            labels, ids = next(reader), next(reader)
            assert labels["Q2_TEXT"] == "Dites-nous pourquoi"
            assert json.loads(ids["Q1"]) == {"ImportId": "QID1"}
            yield from reader


def test_no_response_is_told_twice(world: World) -> None:
    flat = {row["response_id"].rstrip("x") for row in rows_of(world.out / "surveys/flat")}
    by_qualtrics = {
        row["ResponseId"].removeprefix("R_") for row in qualtrics(world.out) if row["Status"] == "0"
    }
    by_typeform = {
        row["form_response"]["token"].removeprefix("tf").upper()
        for row in lines_of(world.out / "surveys/typeform")
    }
    assert by_qualtrics
    assert by_typeform
    assert not flat & (by_qualtrics | by_typeform)
    assert len(flat) > 0.7 * (len(flat) + len(by_qualtrics) + len(by_typeform))


def test_qualtrics_speaks_of_the_same_people(world: World) -> None:
    known = {row["customer_id"] for row in rows_of(world.out / "crm/customers")}
    mails = {row["value"] for row in rows_of(world.out / "crm/identifiers")}
    rows = list(qualtrics(world.out))
    assert {row["Status"] for row in rows} == {"0", "1"}
    assert {row["Finished"] for row in rows} == {"0", "1"}
    for row in rows:
        if row["Status"] == "0":
            assert row["ExternalReference"] in known or row["RecipientEmail"] in mails


def test_typeform_sends_some_webhooks_again(world: World) -> None:
    tokens = Counter(
        row["form_response"]["token"] for row in lines_of(world.out / "surveys/typeform")
    )
    assert set(tokens.values()) == {1, 2}


def test_posts_are_edited_and_deleted(world: World) -> None:
    statuses = list(lines_of(world.out / "social/mastodon"))
    edited = {status["uri"] for status in statuses if status["edited_at"]}
    assert edited
    assert edited <= {status["uri"] for status in statuses if not status["edited_at"]}
    events = list(lines_of(world.out / "social/bluesky"))
    kinds = Counter(
        (event["commit"]["operation"], event["commit"]["collection"])
        if event["kind"] == "commit"
        else event["kind"]
        for event in events
    )
    for operation in ("create", "update", "delete"):
        assert kinds[operation, "app.bsky.feed.post"]
    assert kinds["delete", "app.bsky.graph.follow"]
    assert kinds["identity"]
    assert kinds["account"]
    reviews = sum(1 for _ in rows_of(world.out / "social/reviews"))
    follows = sum(1 for _ in rows_of(world.out / "social/follows"))
    own = reviews + follows
    assert own > 0.7 * (own + len(statuses) + len(events))
