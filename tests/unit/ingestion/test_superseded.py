"""What authors change or delete leaves the warehouse, whatever comes first."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from orchestration.ingestion.contract import ContractError, _table
from orchestration.ingestion.quarantine import replay
from tests.plain_texts import places_of

SECRET = "what was said and is to be forgotten"
POSTS = "app.bsky.feed.post"


def event(at: int, operation: str, text: str | None = None, **other: Any) -> str:
    """A commit of Jetstream on one and the same post."""
    commit = {"rev": f"r{at}", "operation": operation, "collection": POSTS, "rkey": "k1"}
    if text is not None:
        commit["record"] = {"$type": POSTS, "createdAt": "2026-10-01T08:00:00Z", "text": text}
    told = {"did": "did:plc:a", "time_us": 1_790_000_000_000_000 + at, "kind": "commit"}
    return json.dumps(told | {"commit": commit | other}) + "\n"


def account(at: int, **said: Any) -> str:
    told = {"did": "did:plc:a", "time_us": 1_790_000_000_000_000 + at, "kind": "account"}
    return json.dumps(told | {"account": said}) + "\n"


def places(zone: Any, text: str) -> list[str]:
    return places_of(zone.settings.warehouse, text)


@pytest.mark.parametrize(
    "later",
    [
        event(2, "delete"),
        event(1, "delete"),
        event(2, "update", "softened"),
        account(2, active=False, status="deleted"),
        account(2, active=False, status="takendown"),
        account(2, active=False),
    ],
    ids=["delete", "delete at once", "update", "account deleted", "taken down", "no reason"],
)
@pytest.mark.parametrize("order", ["before", "after", "in one file"])
def test_the_text_goes_with_its_deletion(zone, later, order):
    first = event(1, "create", SECRET)
    deliveries = {"before": [first, later], "after": [later, first], "in one file": [first + later]}
    for number, content in enumerate(deliveries[order]):
        zone.put(f"social/bluesky/{number}.jsonl", content)
        zone.ingest()
        if order == "before" and not number:
            assert {"raw.social__bluesky.text", "raw.social__bluesky.commit"} == set(
                places(zone, SECRET)
            )
    assert places(zone, SECRET) == []
    # The facts stay: who posted when.
    assert zone.rows("select count(*), count(created_at) from raw.social__bluesky")[0][1] >= 1


@pytest.mark.parametrize(
    "other",
    [
        event(0, "delete"),
        account(2, active=True),
        account(2, active=False, status="throttled"),
        account(0, active=False, status="deleted"),
        event(2, "delete").replace('"k1"', '"k2"'),
        event(2, "delete").replace("plc:a", "plc:b"),
        event(2, "delete").replace("feed.post", "feed.like"),
    ],
)
def test_nothing_else_takes_the_text(zone, other):
    zone.put("social/bluesky/1.jsonl", event(1, "create", SECRET) + other)
    zone.ingest()
    assert zone.rows(f"select count(*) from raw.social__bluesky where text = '{SECRET}'") == [(1,)]


def test_copies_of_the_last_version_keep_their_text(zone):
    for number in (1, 2):
        zone.put(f"social/bluesky/{number}.jsonl", event(1, "create", SECRET) + "\n" * number)
        zone.ingest()
    assert zone.rows("select count(text), count(commit) from raw.social__bluesky") == [(2, 2)]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_every_order_ends_alike(zone, order):
    versions = [event(1, "create", "one"), event(2, "update", "two"), event(3, "update", "three")]
    for place in order:
        zone.put(f"social/bluesky/{place}.jsonl", versions[place])
        zone.ingest()
    assert zone.rows("select text from raw.social__bluesky order by sent_at") == [
        (None,),
        (None,),
        ("three",),
    ]


def test_the_quarantine_forgets_too(zone):
    broken = event(1, "create", SECRET, record={"text": SECRET, "createdAt": "yesterday"})
    zone.put("social/bluesky/1.jsonl", broken + event(1, "create").replace("k1", "k0"))
    zone.ingest()
    assert places(zone, SECRET) == ["restricted.quarantine_rows.text"]
    ((line, field),) = zone.rows("select line, field from audit.quarantine")
    assert (line, field) == (1, "created_at")
    zone.put("social/bluesky/2.jsonl", event(2, "delete"))
    zone.ingest()
    assert places(zone, SECRET) == []
    # A replay brings nothing back.
    for (file_id,) in zone.rows("select file_id from audit.files"):
        replay(zone.settings, [file_id])
    assert places(zone, SECRET) == []


def test_a_text_without_readable_key_isn_t_kept(zone):
    cut = event(1, "create", SECRET)[:-3] + "\n"
    zone.put("social/bluesky/1.jsonl", cut + event(1, "create").replace("k1", "k0"))
    zone.ingest()
    assert zone.rows("select line, reason from audit.quarantine") == [
        (1, "the record is no JSON object")
    ]
    assert places(zone, SECRET) == []


def test_a_replay_brings_no_text_back(zone):
    zone.put("social/bluesky/1.jsonl", event(1, "create", SECRET))
    zone.put("social/bluesky/2.jsonl", event(2, "delete"))
    zone.ingest()
    replay(zone.settings, [f for (f,) in zone.rows("select file_id from audit.files")])
    assert zone.rows("select count(*) from raw.social__bluesky") == [(2,)]
    assert places(zone, SECRET) == []


def test_edits_of_a_mastodon_status(zone):
    def status(edited: str | None, content: str) -> str:
        return json.dumps(
            {
                "id": "110446223051565765",
                "uri": "https://example.social/users/a/statuses/1",
                "created_at": "2026-10-01T08:00:00Z",
                "edited_at": edited,
                "content": f"<p>{content}</p>",
                "account": {"acct": "a"},
                "poll": {"options": [{"title": content}]},
                "unknown_key": content,
            }
        )

    zone.put("social/mastodon/2.json", f"[{status('2026-10-02T08:00:00Z', 'softened')}]")
    zone.put("social/mastodon/1.json", f"[{status(None, SECRET)}]")
    zone.ingest()
    assert places(zone, SECRET) == []
    assert zone.rows("select content from raw.social__mastodon where content is not null") == [
        ("<p>softened</p>",)
    ]


def contract_entry(rule: dict[str, Any]) -> dict[str, Any]:
    columns = [
        {"name": "id", "data_type": "varchar", "config": {"meta": {"required": True}}},
        {"name": "at", "data_type": "timestamp"},
        {"name": "text", "data_type": "varchar"},
    ]
    meta = {"grain": "a row", "key": ["id"], "delivery": "append", "owner": "o", "cadence": "daily"}
    meta |= {"stale_after_hours": 1, "reader": {"kind": "json"}, "superseded": [rule]}
    return {
        "name": "x",
        "identifier": "social__x",
        "description": "d",
        "config": {"meta": meta},
        "columns": columns,
    }


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"key": ["id"], "order": "at", "clear": ["text"]}, "make it required"),
        ({"key": ["id"], "order": "id", "clear": ["txt"]}, "txt is no column"),
        ({"key": ["id"], "order": "id", "clear": ["id"]}, "can't be cleared"),
        ({"key": ["id"], "clear": ["text"]}, "order is missing"),
    ],
)
def test_a_wrong_rule_stops_the_run(tmp_path, rule, message):
    with pytest.raises(ContractError, match=message):
        _table(tmp_path / "_sources.yml", "social", contract_entry(rule))
