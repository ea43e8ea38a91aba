"""The survey tools and networks of the sample world."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sample_helpers import World, rows_of

from orchestration.sample import write_sample
from orchestration.settings import PROJECT_DIR


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


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


def test_the_truth_knows_who_was_asked_in_vain(world: World) -> None:
    """Our own tool delivers them without score and answer; the vendors' exports don't."""
    truth = {
        row["response_id"]: row for row in read_rows(world.out / "truth" / "survey_requests.csv")
    }
    flat = list(rows_of(world.out / "surveys/flat"))
    in_vain = {row["response_id"] for row in flat if not row["answered_at"]}
    assert in_vain == {number for number, row in truth.items() if row["is_answered"] == "false"}
    for row in flat:
        if row["response_id"] in in_vain:
            assert (row["score"], row["verbatim"]) == ("", "")
            assert row["asked_at"]
            assert row["kind"] != "verbatim"
    answered = Counter(
        row["survey"] for number, row in truth.items() if row["is_answered"] == "true"
    )
    asked = Counter(row["survey"] for row in truth.values())
    # 16 of 40 calls, 7 of 20 customers; who leaves a quote is asked on the spot
    assert 0.3 < answered["apres_appel"] / asked["apres_appel"] < 0.5
    assert 0.2 < answered["nps_relationnel"] / asked["nps_relationnel"] < 0.6
    assert answered["devis"] == asked["devis"]


def test_the_truth_knows_whose_words_hold_an_idea(world: World) -> None:
    """By the taxonomy's own phrases, looked for here without the code that reads texts."""
    phrases = [
        row["phrase"]
        for row in read_rows(PROJECT_DIR / "seeds" / "text_taxonomy.csv")
        if row["code_kind"] == "idea"
    ]
    truth = {
        row["response_id"]: row["has_idea"] == "true"
        for row in read_rows(world.out / "truth" / "survey_requests.csv")
    }
    found = {
        row["response_id"]: any(
            phrase in row["verbatim"].lower().replace("-", " ") for phrase in phrases
        )
        for row in rows_of(world.out / "surveys/flat")
        if row["verbatim"]
    }
    assert sum(found.values()) > 0
    assert {number for number, is_idea in found.items() if is_idea} == {
        number for number in found if truth.get(number)
    }


def test_a_follow_is_told_once(tmp_path: Path) -> None:
    # In this world a follow came twice, with two dates, and the whole file was withdrawn.
    write_sample(tmp_path, customers=200, days=3, seed=4)
    pairs = Counter(
        (row["platform"], row["follower"], row["followed"])
        for row in rows_of(tmp_path / "social/follows")
    )
    assert set(pairs.values()) == {1}
