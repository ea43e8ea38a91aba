"""Telling people: a blocked publication, a source that went quiet, a quarantine that fills.

Configured by the environment, each way on its own:

- `PASSERELLE_ALERT_WEBHOOK`: an http(s) address that takes a JSON POST.
- `PASSERELLE_ALERT_SMTP`: `smtp://[user:password@]host[:port]` (`smtps://` for TLS), with
  `PASSERELLE_ALERT_MAIL_TO` (comma separated) and `PASSERELLE_ALERT_MAIL_FROM`.

A message holds names and counts, never a value of a source. One that can't be delivered is told
in the log; it never fails a run.
"""

from __future__ import annotations

import hashlib
import json
import os
import smtplib
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

QUARANTINE_LIMIT = 0.01
#: An unchanged condition is told again after this long.
REPEAT_AFTER_SECONDS = 24 * 3600
TIMEOUT_SECONDS = 10


@dataclass(frozen=True)
class Alert:
    """One thing to tell. `kind` is blocked_publication, stale_source, quarantine or run_failed."""

    kind: str
    title: str
    details: tuple[str, ...] = ()
    counts: dict[str, int | float] = field(default_factory=dict)

    @property
    def identity(self) -> str:
        """The same for the same condition: kind and names, without the counts."""
        text = "\0".join([self.kind, *sorted(self.details)])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def send(alerts: Iterable[Alert], *, memory: Path, home: str, as_of: str, run_id: str) -> list[str]:
    """Send what wasn't told within the last day; returns the errors of delivery.

    `memory` is the file that remembers what was told; conditions that ended are forgotten, so
    that their return is told at once.
    """
    current = {alert.identity: alert for alert in alerts}
    told = _load(memory)
    now = time.time()
    due = [
        alert
        for identity, alert in current.items()
        if now - told.get(identity, 0.0) > REPEAT_AFTER_SECONDS
    ]
    errors: list[str] = []
    for alert in due if _is_configured() else []:
        body = {**asdict(alert), "home": home, "as_of": as_of, "run_id": run_id}
        problems = _deliver(alert, body)
        errors += problems
        if not problems:
            told[alert.identity] = now
    kept = {identity: at for identity, at in told.items() if identity in current}
    memory.parent.mkdir(parents=True, exist_ok=True)
    memory.write_text(json.dumps(kept), encoding="utf-8")
    return errors


def _is_configured() -> bool:
    return bool(
        os.environ.get("PASSERELLE_ALERT_WEBHOOK") or os.environ.get("PASSERELLE_ALERT_SMTP")
    )


def _load(memory: Path) -> dict[str, float]:
    try:
        loaded: dict[str, float] = json.loads(memory.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return loaded


def _deliver(alert: Alert, body: dict[str, object]) -> list[str]:
    problems = []
    webhook = os.environ.get("PASSERELLE_ALERT_WEBHOOK")
    if webhook:
        try:
            _post(webhook, body)
        except (OSError, ValueError) as error:
            problems.append(f"webhook: {type(error).__name__}")
    relay = os.environ.get("PASSERELLE_ALERT_SMTP")
    if relay:
        try:
            _mail(relay, alert, body)
        except (OSError, ValueError, smtplib.SMTPException) as error:
            problems.append(f"e-mail: {type(error).__name__}")
    return problems


def _post(address: str, body: dict[str, object]) -> None:
    if urlsplit(address).scheme not in {"http", "https"}:
        raise ValueError("PASSERELLE_ALERT_WEBHOOK must be an http(s) address")
    request = urllib.request.Request(
        address,
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "User-Agent": "passerelle"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):
        pass


def _mail(relay: str, alert: Alert, body: dict[str, object]) -> None:
    parts = urlsplit(relay)
    to = os.environ.get("PASSERELLE_ALERT_MAIL_TO", "")
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or not to:
        raise ValueError("PASSERELLE_ALERT_SMTP and PASSERELLE_ALERT_MAIL_TO must both be set")
    message = EmailMessage()
    message["Subject"] = f"Passerelle: {alert.title}"
    message["From"] = os.environ.get("PASSERELLE_ALERT_MAIL_FROM", "passerelle@localhost")
    message["To"] = to
    message.set_content(json.dumps(body, indent=2))
    client = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    with client(parts.hostname, parts.port or 0, timeout=TIMEOUT_SECONDS) as server:
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)
