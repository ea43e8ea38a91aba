"""Mastodon's statuses and Bluesky's stream through ingestion and models, against their texts."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.integration.conftest import KEY, World, public
from tests.plain_texts import places_of

STATUSES = "social_api_samples/mastodon_statuses.json"
STREAMS = ("jetstream_expected_v1", "jetstream_golden_v1")
POST, FOLLOW = "app.bsky.feed.post", "app.bsky.graph.follow"
MODELS = (
    *("path:models/staging/social", "int_canonical__social_posts"),
    *("int_canonical__social_accounts", "int_canonical__follows"),
)
SECRET = "nobody is to read this any longer"


class Shown(HTMLParser):
    """The text of a status as a browser shows it: the standard library's reading."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.hidden = 0
        self.spans: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br" or (tag == "p" and self.text):
            self.text += "\n"
        if tag == "span":
            self.spans.append("invisible" in (dict(attrs).get("class") or ""))
            self.hidden += self.spans[-1]

    def handle_endtag(self, tag: str) -> None:
        if tag == "span":
            self.hidden -= self.spans.pop()

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.text += data


def shown(html: str) -> str:
    parser = Shown()
    parser.feed(html)
    return parser.text.strip()


LINK = (
    '<p>Voir <a href="https://example.org/a/b"><span class="invisible">https://</span>'
    '<span class="ellipsis">example.org/a</span><span class="invisible">/b</span></a>'
    " &lt;3 &amp;amp; d&#39;accord &#233;&#xe8;<br />fin</p><p>deux</p>"
)


def own_status(number: int, content: str, **told: Any) -> dict[str, Any]:
    return {
        "id": str(9007199254740993 + number),
        "uri": f"https://example.social/users/Ana/statuses/{number}",
        "created_at": "2026-10-01T08:00:00.000Z",
        "edited_at": None,
        "content": content,
        "language": "fr",
        "reblog": None,
        "account": {"acct": "Ana@Example.social", "bot": True, "followers_count": 3},
        **told,
    }


def stream() -> list[dict[str, Any]]:
    """The events of both public samples."""
    return [
        json.loads(line)
        for name in STREAMS
        for line in public(f"social_api_samples/{name}.jsonl").read_text().splitlines()
    ]


def hashed(value: str) -> str:
    return hmac.digest(KEY.encode(), value.lower().encode(), "sha256").hex()


def moment(micro: int) -> datetime:
    return datetime.fromtimestamp(micro // 10**6, UTC).replace(
        tzinfo=None, microsecond=micro % 10**6
    )


def commit(did: str, at: int, operation: str, rkey: str, **record: Any) -> str:
    told: dict[str, Any] = {"rev": f"r{at}", "operation": operation, "rkey": rkey}
    told["collection"] = FOLLOW if "subject" in record or rkey.startswith("f") else POST
    if record:
        told["record"] = record
    event = {"did": did, "time_us": 1_790_000_000_000_000 + at, "kind": "commit", "commit": told}
    return json.dumps(event) + "\n"


@pytest.fixture(scope="module")
def world(make_world: Callable[..., World]) -> World:
    made = make_world("2026-10-31T22:00:00Z")
    made.put("social/mastodon/statuses.json", public(STATUSES).read_bytes())
    own = [
        own_status(1, f"<p>{SECRET}</p>"),
        own_status(2, LINK),
        own_status(3, "<p>Not my words</p>", reblog={"id": "1", "content": "<p>Not my words</p>"}),
        own_status(4, "", media_attachments=[{"id": "1"}]),
    ]
    made.put("social/mastodon/own.jsonl", "".join(json.dumps(row) + "\n" for row in own))
    for name in STREAMS:
        source = public(f"social_api_samples/{name}.jsonl")
        made.put(f"social/bluesky/{name}.jsonl", source.read_bytes())
    posted = [
        commit("did:plc:a", 1, "create", "p1", text=SECRET, createdAt="2030-01-01T00:00:00Z"),
        commit("did:plc:a", 2, "create", "p2", text=f"{SECRET}, edited"),
        commit("did:plc:b", 3, "create", "p3", text=SECRET),
        commit("did:plc:c", 4, "create", "p4", text=SECRET, createdAt="no time"),
        commit("did:plc:a", 5, "create", "f1", subject="did:plc:b"),
        commit("did:plc:a", 6, "create", "f2", subject="did:plc:c"),
        commit("did:plc:b", 6, "create", "f3", subject="did:plc:a"),
        '{"did": "did:plc:a", "time_us": 17900\n',
    ]
    made.put("social/bluesky/1.jsonl", "".join(posted))
    made.ingest()
    made.seed()
    done = made.dbt("run", "--quiet", "--select", *MODELS)
    assert done.returncode == 0, done.stdout[-3000:]
    before = places_of(made.home / "warehouse.duckdb", SECRET)
    assert {"raw.social__mastodon.content", "raw.social__bluesky.text"} <= set(before)
    assert "restricted.quarantine_rows.text" in before
    assert {place.split(".")[0] for place in before} == {"raw", "restricted"}
    gone = {"did": "did:plc:b", "time_us": 1_790_000_000_000_050, "kind": "account"}
    gone["account"] = {"active": False, "status": "deleted", "did": "did:plc:b"}
    named = {"did": "did:plc:a", "time_us": 1_790_000_000_000_060, "kind": "identity"}
    named["identity"] = {"did": "did:plc:a", "handle": "Ana.example.org"}
    removed = [
        commit("did:plc:a", 30, "delete", "p1"),
        commit("did:plc:a", 31, "update", "p2", text="softened", createdAt="2026-09-01T00:00:00Z"),
        commit("did:plc:c", 32, "delete", "p4"),
        commit("did:plc:a", 33, "delete", "f1"),
        json.dumps(gone) + "\n",
        json.dumps(named) + "\n",
    ]
    made.put("social/bluesky/2.jsonl", "".join(removed))
    edited = own_status(1, "<p>Adouci</p>", edited_at="2026-10-02T08:00:00.000Z")
    made.put("social/mastodon/edited.json", json.dumps([edited]))
    made.ingest()
    done = made.dbt("run", "--quiet", "--select", *MODELS)
    assert done.returncode == 0, done.stdout[-3000:]
    return made


def test_what_was_deleted_or_edited_is_nowhere(world: World) -> None:
    assert places_of(world.home / "warehouse.duckdb", SECRET) == []
    assert places_of(world.home / "warehouse.duckdb", "softened") == [
        "raw.social__bluesky.commit",
        "raw.social__bluesky.text",
        # a view of raw, never copied
        "restricted.stg_social__bluesky_texts.told",
    ]


def test_no_text_or_handle_leaves_raw(world: World) -> None:
    for text in ("doo-doo", "Try RSV for a good time", "halcy", "na@Example.social", "did:plc:"):
        places = places_of(world.home / "warehouse.duckdb", text)
        assert {place.split(".")[0] for place in places} <= {"raw", "restricted"}, text
        assert places, text


def test_the_real_statuses(world: World) -> None:
    expected = []
    for status in json.loads(public(STATUSES).read_text()):
        text = shown(status["content"])
        expected.append(
            (
                hashed(status["account"]["acct"]),
                datetime.fromisoformat(status["created_at"]).replace(tzinfo=None),
                datetime.fromisoformat(status["edited_at"]).replace(tzinfo=None),
                bool(text),
                len(text),
                status["language"],
                bool(status["media_attachments"]),
                status["favourites_count"],
            )
        )
    found = world.rows(
        "select author_hash, posted_at, edited_at, has_text, text_length, language, has_media, "
        "favourite_count from intermediate.int_canonical__social_posts "
        f"where platform = 'mastodon' and author_hash <> '{hashed('ana@example.social')}'"
    )
    assert sorted(found) == sorted(expected)


def test_html_becomes_text(world: World) -> None:
    found = world.rows(
        "select is_reblog, has_text, text_length, has_media, is_bot "
        "from intermediate.int_canonical__social_posts "
        f"where author_hash = '{hashed('Ana@example.social')}' order by text_length nulls last"
    )
    assert shown(LINK) == "Voir example.org/a <3 &amp; d'accord éè\nfin\ndeux"
    assert found == [
        (False, False, 0, True, True),
        (False, True, len("Adouci"), False, True),
        (False, True, len(shown(LINK)), False, True),
        (True, False, None, False, True),
    ]


def test_the_real_stream(world: World) -> None:
    events = stream()
    assert len(events) == 162
    posts = {
        (event["did"], event["commit"]["rkey"]): event
        for event in events
        if event["kind"] == "commit"
        and event["commit"]["collection"] == POST
        and event["commit"]["operation"] == "create"
    }
    expected = []
    for (did, _), event in posts.items():
        record = event["commit"]["record"]
        clock = datetime.fromisoformat(record["createdAt"]).replace(tzinfo=None)
        langs = record.get("langs")
        expected.append(
            (
                hashed(did),
                min(clock, moment(event["time_us"])),
                len(record["text"]),
                langs[0].lower() if langs else None,
                "reply" in record,
                "embed" in record,
            )
        )
    authors = ", ".join(f"'{hashed(did)}'" for did, _ in posts)
    found = world.rows(
        "select author_hash, posted_at, text_length, language, is_reply, has_media "
        f"from intermediate.int_canonical__social_posts where author_hash in ({authors})"
    )
    assert sorted(found, key=str) == sorted(expected, key=str)
    follows = [
        (hashed(event["did"]), hashed(event["commit"]["record"]["subject"]), None)
        for event in events
        if event["kind"] == "commit"
        and event["commit"]["collection"] == FOLLOW
        and event["commit"]["operation"] == "create"
    ]
    ours = ", ".join(f"'{hashed(f'did:plc:{name}')}'" for name in "abc")
    assert sorted(
        world.rows(
            "select follower_hash, followed_hash, unfollowed_at "
            f"from intermediate.int_canonical__follows where follower_hash not in ({ours})"
        )
    ) == sorted(follows)


def test_posts_that_were_changed(world: World) -> None:
    start = 1_790_000_000_000_000
    found = world.rows(
        "select author_hash, posted_at, edited_at, deleted_at, is_deleted, has_text, text_length "
        "from intermediate.int_canonical__social_posts where author_hash in "
        f"('{hashed('did:plc:a')}', '{hashed('did:plc:b')}', '{hashed('did:plc:c')}') order by 2"
    )
    assert found == [
        # Dated by its author to before it came; the edit is what counts.
        (hashed("did:plc:a"), datetime(2026, 9, 1), moment(start + 31), None, False, True, 8),
        # The author's clock said 2030.
        (hashed("did:plc:a"), moment(start + 1), None, moment(start + 30), True, None, None),
        (hashed("did:plc:b"), moment(start + 3), None, moment(start + 50), True, None, None),
    ]


def test_follows_end_with_their_deletion_or_account(world: World) -> None:
    start = 1_790_000_000_000_000
    a, b, c = (hashed(f"did:plc:{name}") for name in "abc")
    found = world.rows(
        "select follower_hash, followed_hash, followed_at, unfollowed_at "
        f"from intermediate.int_canonical__follows where follower_hash in ('{a}', '{b}')"
    )
    assert sorted(found, key=lambda row: row[2:][0]) in (
        [
            (a, b, moment(start + 5), moment(start + 33)),
            (a, c, moment(start + 6), None),
            (b, a, moment(start + 6), moment(start + 50)),
        ],
        [
            (a, b, moment(start + 5), moment(start + 33)),
            (b, a, moment(start + 6), moment(start + 50)),
            (a, c, moment(start + 6), None),
        ],
    )
    assert world.rows(
        "select handle_hash, is_active from intermediate.int_canonical__social_accounts "
        f"where author_hash in ('{a}', '{b}') order by 1 nulls last"
    ) == [(hashed("ana.example.org"), None), (None, False)]


def test_bad_lines_say_where_and_why(world: World) -> None:
    assert world.rows("select line, field, reason from audit.quarantine order by line") == [
        (4, "created_at", "no ISO 8601 time such as 2026-10-31T22:00:00Z"),
        (8, None, "the record is no JSON object"),
    ]
