"""What people post: Mastodon statuses and Bluesky events, edits and deletions included."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

import numpy as np

from .config import DAY, HOUR, WorldConfig
from .ids import Ids, mix
from .people import People
from .writers import TextFile, day_text, iso, write_text

TEXTS = (
    "Une heure d'attente chez Passerelle ce matin…",
    "Merci Passerelle, sinistre réglé en trois jours & sans relance !",
    "Quelqu'un a un avis sur l'assurance habitation ?",
    "Beau temps sur la Loire.\nOn sort les vélos.",
    "Devis en ligne bloqué à l'étape 2, encore.",
    "Great coffee this morning ☕",
)
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
BRAND = 10**9


def _code(number: int, length: int) -> str:
    """Letters and digits as Bluesky's ids have them, the same for the same number."""
    text = ""
    state = number
    while len(text) < length:
        state = mix(state + 1)
        text += _LETTERS[state % 32]
    return text


def _did(person: int) -> str:
    return f"did:plc:{_code(7 * person + 1, 24)}"


def write_posts(out: Path, cfg: WorldConfig, people: People, ids: Ids) -> dict[str, int]:
    """Write a file a day of each network."""
    rng = cfg.rng(23)
    # One in two of those who are on any network posts.
    authors = np.flatnonzero(people.has_handle & ~people.is_minor).tolist()[::2]
    statuses: list[tuple[int, dict[str, object]]] = []
    events: list[tuple[int, dict[str, object]]] = []
    for number, person in enumerate(authors):
        for place in range(int(rng.poisson(cfg.days / 30))):
            at = cfg.start + int(rng.integers(0, cfg.end - cfg.start))
            text = TEXTS[(person + place) % len(TEXTS)]
            if number % 2:
                statuses += _statuses(ids, person, 100 * person + place, at, text)
            else:
                events += _posts(person, 100 * person + place, at, text)
        if not number % 2:
            events += _account(cfg, ids, person, number)
    mastodon = _write(out / "social" / "mastodon", "statuses", cfg, statuses)
    bluesky = _write(out / "social" / "bluesky", "jetstream", cfg, events)
    return {"social/mastodon": mastodon, "social/bluesky": bluesky}


def _write(
    folder: Path, name: str, cfg: WorldConfig, rows: list[tuple[int, dict[str, object]]]
) -> int:
    write_text(folder / "_source.yml", "time_zone: UTC\n")
    lines = sorted(
        (at, json.dumps(row, ensure_ascii=False)) for at, row in rows if cfg.start <= at < cfg.end
    )
    place = 0
    for day in range(cfg.start // DAY, cfg.end // DAY + 1):
        with TextFile(folder / f"{name}_{day_text(day)}.jsonl") as file:
            while place < len(lines) and lines[place][0] // DAY == day:
                file.write(lines[place][1] + "\n")
                place += 1
    return len(lines)


def _statuses(
    ids: Ids, person: int, number: int, at: int, text: str
) -> list[tuple[int, dict[str, object]]]:
    acct = ids.handle(person).removeprefix("@")
    page = f"https://mastodon.example/users/{acct}/statuses/{1100 * 10**14 + number}"
    body = escape(text, quote=False).replace("\n", "</p><p>")
    status: dict[str, object] = {
        "id": str(1100 * 10**14 + number),
        "created_at": iso(at),
        "edited_at": None,
        "in_reply_to_id": None,
        "visibility": "public",
        "sensitive": False,
        "spoiler_text": "",
        "language": "en" if text.startswith("Great") else "fr",
        "uri": page,
        "url": page,
        "content": f"<p>{body}</p>",
        "reblog": None,
        "replies_count": number % 4,
        "reblogs_count": number % 3,
        "favourites_count": number % 7,
        "account": {"id": str(person), "acct": acct, "bot": False, "followers_count": number % 97},
        "media_attachments": [],
    }
    found = [(at, status)]
    if number % 9 == 4:
        edited = at + 2 * HOUR
        found.append((edited, {**status, "edited_at": iso(edited), "content": "<p>Corrigé.</p>"}))
    return found


def _event(person: int, at: int, part: str, told: dict[str, object]) -> dict[str, object]:
    moment = at * 1_000_000 + mix(person * 31 + at) % 1_000_000
    return {"did": _did(person), "time_us": moment, "kind": part, part: told}


def _commit(
    person: int, at: int, operation: str, collection: str, rkey: int, record: dict[str, object]
) -> tuple[int, dict[str, object]]:
    told: dict[str, object] = {
        "rev": _code(at, 13),
        "operation": operation,
        "collection": f"app.bsky.{collection}",
        "rkey": _code(rkey, 13),
    }
    if record:
        told |= {"record": {"$type": f"app.bsky.{collection}", **record}, "cid": _code(at + 1, 59)}
    return at, _event(person, at, "commit", told)


def _posts(person: int, number: int, at: int, text: str) -> list[tuple[int, dict[str, object]]]:
    # One author in five has a clock that is ahead.
    record: dict[str, object] = {
        "createdAt": iso(at + 400 * (person % 5 == 0)),
        "langs": ["fr"],
        "text": text,
    }
    found = [_commit(person, at, "create", "feed.post", number, record)]
    if number % 8 == 3:
        found.append(_commit(person, at + 5 * HOUR, "delete", "feed.post", number, {}))
    elif number % 8 == 5:
        better: dict[str, object] = {**record, "text": "Corrigé."}
        found.append(_commit(person, at + HOUR, "update", "feed.post", number, better))
    return found


def _account(
    cfg: WorldConfig, ids: Ids, person: int, number: int
) -> list[tuple[int, dict[str, object]]]:
    """Whom the account follows here, its handle, and its end where it has one."""
    at = cfg.start + mix(person) % (cfg.end - cfg.start)
    handle = ids.handle(person).removeprefix("@").replace("_", "-") + ".bsky.social"
    told: dict[str, object] = {"did": _did(person), "handle": handle, "seq": person}
    found = [(at, _event(person, at, "identity", told))]
    follow: dict[str, object] = {"createdAt": iso(at), "subject": _did(BRAND)}
    found.append(_commit(person, at + 1, "create", "graph.follow", 100 * person + 99, follow))
    if number % 14 == 6:
        later = at + 3 * DAY
        found.append(_commit(person, later, "delete", "graph.follow", 100 * person + 99, {}))
    if number % 50 == 20:
        told = {"active": False, "did": _did(person), "seq": person, "status": "deleted"}
        end = cfg.end - HOUR
        found.append((end, _event(person, end, "account", told)))
    return found
