"""Alerts go to a webhook and by mail, once, and hold names and counts only."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from orchestration import alerts
from orchestration.alerts import Alert, send


class Inbox(HTTPServer):
    received: list[dict[str, Any]]
    answer: int = 204


class Handler(BaseHTTPRequestHandler):
    server: Inbox

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(json.loads(body))
        self.send_response(self.server.answer)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    server = Inbox(("127.0.0.1", 0), Handler)
    server.received = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("PASSERELLE_ALERT_WEBHOOK", f"http://127.0.0.1:{server.server_port}/hook")
    monkeypatch.delenv("PASSERELLE_ALERT_SMTP", raising=False)
    yield server
    server.shutdown()
    server.server_close()


BLOCKED = Alert(
    "blocked_publication", "publication blocked", ("marts.fct_calls: unique",), {"n": 1}
)
STALE = Alert("stale_source", "web_tags/flat is stale", ("web_tags/flat",), {"age_hours": 9.5})


def tell(found: list[Alert], memory: Path) -> list[str]:
    return send(found, memory=memory, home="/h", as_of="2026-10-31T22:00:00Z", run_id="r")


def test_each_alert_is_posted(inbox: Inbox, tmp_path: Path) -> None:
    assert tell([BLOCKED, STALE], tmp_path / "memory.json") == []
    assert [body["kind"] for body in inbox.received] == ["blocked_publication", "stale_source"]
    assert inbox.received[0]["details"] == ["marts.fct_calls: unique"]
    assert inbox.received[1]["counts"] == {"age_hours": 9.5}
    assert inbox.received[0]["as_of"] == "2026-10-31T22:00:00Z"


def test_an_unchanged_condition_is_told_once_a_day(
    inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = tmp_path / "memory.json"
    tell([STALE], memory)
    tell([STALE], memory)
    assert len(inbox.received) == 1
    monkeypatch.setattr(alerts, "REPEAT_AFTER_SECONDS", -1)
    tell([STALE], memory)
    assert len(inbox.received) == 2


def test_a_condition_that_comes_back_is_told_at_once(inbox: Inbox, tmp_path: Path) -> None:
    memory = tmp_path / "memory.json"
    for found in ([STALE], [], [STALE]):
        tell(found, memory)
    assert len(inbox.received) == 2


def test_a_delivery_that_fails_is_tried_again_and_raises_nothing(
    inbox: Inbox, tmp_path: Path
) -> None:
    memory = tmp_path / "memory.json"
    inbox.answer = 500
    assert tell([STALE], memory) == ["webhook: HTTPError"]
    inbox.answer = 204
    assert tell([STALE], memory) == []
    assert len(inbox.received) == 2


def test_only_http_addresses_are_posted_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSERELLE_ALERT_WEBHOOK", "file:///etc/passwd")
    assert tell([STALE], tmp_path / "memory.json") == ["webhook: ValueError"]


def test_mail_goes_to_everybody_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []

    class Relay:
        def __init__(self, host: str, port: int, timeout: float) -> None:
            self.place = (host, port)

        def __enter__(self) -> Relay:
            return self

        def __exit__(self, *args: object) -> None:
            pass

        def login(self, user: str, password: str) -> None:
            sent.append((user, password))

        def send_message(self, message: Any) -> None:
            sent.append(message)

    monkeypatch.delenv("PASSERELLE_ALERT_WEBHOOK", raising=False)
    monkeypatch.setattr("smtplib.SMTP", Relay)
    monkeypatch.setenv("PASSERELLE_ALERT_SMTP", "smtp://me:p%40ss@mail.example:2525")
    monkeypatch.setenv("PASSERELLE_ALERT_MAIL_TO", "a@example.com, b@example.com")
    assert tell([STALE], tmp_path / "memory.json") == []
    assert sent[0] == ("me", "p@ss")
    assert sent[1]["To"] == "a@example.com, b@example.com"
    assert "stale" in sent[1]["Subject"]


def test_what_nobody_could_be_told_is_told_once_somebody_can(
    inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = tmp_path / "memory.json"
    with monkeypatch.context() as unset:
        unset.delenv("PASSERELLE_ALERT_WEBHOOK")
        assert tell([STALE], memory) == []
    assert inbox.received == []
    tell([STALE], memory)
    assert len(inbox.received) == 1
