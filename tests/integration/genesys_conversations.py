"""Conversations as Genesys Cloud's analytics API writes them, for tests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

START = datetime(2026, 10, 5, 9, 30)
CALLER = "tel:+33612345678"
OWN = "tel:+33801020304"
ADVISERS = ("6f1c0e1a-0000-4000-8000-000000000001", "6f1c0e1a-0000-4000-8000-000000000002")
SALES, CLAIMS = "0a1b2c3d-0000-4000-8000-00000000000a", "0a1b2c3d-0000-4000-8000-00000000000b"
SOLD, LOST = "11112222-0000-4000-8000-0000000000aa", "11112222-0000-4000-8000-0000000000bb"


def at(seconds: float) -> str:
    """An instant, seconds after the start."""
    moment = START + timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def segment(kind: str, begin: float, end: float | None, **more: Any) -> dict[str, Any]:
    """A segment from `begin` to `end`, seconds after the start."""
    out: dict[str, Any] = {"segmentType": kind, "segmentStart": at(begin), "conference": False}
    if end is not None:
        out["segmentEnd"] = at(end)
    return out | more


def metric(name: str, seconds: float) -> dict[str, Any]:
    """A metric in milliseconds, or a count for names that begin with n."""
    value = seconds if name.startswith("n") else round(seconds * 1000)
    return {"name": name, "value": value, "emitDate": at(0)}


def party(
    purpose: str,
    *segments: dict[str, Any],
    metrics: tuple[dict[str, Any], ...] = (),
    user: str | None = None,
    media: str = "voice",
    direction: str = "inbound",
    ani: str = CALLER,
    dnis: str = OWN,
) -> dict[str, Any]:
    """A participant with one session."""
    begin = segments[0]["segmentStart"] if segments else "none"
    session = {
        "sessionId": f"{purpose}-{begin}-{user}",
        "mediaType": media,
        "direction": direction,
        "ani": ani,
        "dnis": dnis,
        "metrics": list(metrics),
        "segments": list(segments),
    }
    out: dict[str, Any] = {
        "participantId": f"p-{purpose}-{begin}",
        "participantName": "Marie Curie",
        "purpose": purpose,
        "sessions": [session],
    }
    return out | ({"userId": user} if user else {})


def conversation(
    name: str, end: float | None, *participants: dict[str, Any], direction: str = "inbound"
) -> dict[str, Any]:
    """A conversation that began at START."""
    out: dict[str, Any] = {
        "conversationId": name,
        "conversationStart": at(0),
        "originatingDirection": direction,
        "divisionIds": ["d"],
        "participants": list(participants),
    }
    return out | ({} if end is None else {"conversationEnd": at(end)})


def _answered(name: str, with_metrics: bool) -> dict[str, Any]:
    """Menu 10 s, queue 17.3 s, talk 60 + 40.5 s around a hold of 30 s, wrap-up 25 s."""
    told = (metric("tAnswered", 17.3),) if with_metrics else ()
    own = (metric("tTalk", 60), metric("tTalk", 40.5), metric("tHeld", 30), metric("tAcw", 25))
    return conversation(
        name,
        182.8,
        party("customer", segment("interact", 0, 157.8, disconnectType="endpoint")),
        party("ivr", segment("ivr", 0, 10, disconnectType="transfer")),
        party(
            "acd",
            segment("interact", 10, 27.3, queueId=SALES, disconnectType="transfer"),
            metrics=told,
        ),
        party(
            "agent",
            segment("alert", 20, 27.3, queueId=SALES),
            segment("interact", 27.3, 87.3, queueId=SALES),
            segment("hold", 87.3, 117.3, queueId=SALES),
            segment("interact", 117.3, 157.8, queueId=SALES, disconnectType="peer"),
            segment(
                "wrapup",
                157.8,
                182.8,
                queueId=SALES,
                wrapUpCode=SOLD,
                wrapUpNote="rappeler Mme Curie au 06 12 34 56 78",
            ),
            metrics=own if with_metrics else (),
            user=ADVISERS[0],
        ),
    )


def conversations() -> dict[str, dict[str, Any]]:
    """What can become of a call, by name."""
    all_of_them = [
        _answered("answered", with_metrics=False),
        _answered("measured", with_metrics=True),
        # Sales rings one adviser in vain and another takes it, who passes it on to Claims.
        conversation(
            "transferred",
            400,
            party("customer", segment("interact", 0, 300, disconnectType="peer")),
            party("acd", segment("interact", 5, 50, queueId=SALES, disconnectType="transfer")),
            party("agent", segment("alert", 8, 28, disconnectType="client"), user=ADVISERS[1]),
            party(
                "agent",
                segment("alert", 30, 50, queueId=SALES),
                segment("interact", 50, 110, queueId=SALES, disconnectType="transfer"),
                segment("wrapup", 110, 130, queueId=SALES, wrapUpCode=LOST),
                user=ADVISERS[0],
            ),
            party("acd", segment("interact", 110, 170, queueId=CLAIMS, disconnectType="transfer")),
            party(
                "agent",
                segment("interact", 170, 300, queueId=CLAIMS, disconnectType="client"),
                segment("wrapup", 300, 400, queueId=CLAIMS, wrapUpCode="ININ-WRAP-UP-TIMEOUT"),
                segment("wrapup", 310, 320, queueId=CLAIMS, wrapUpCode=SOLD),
                user=ADVISERS[1],
            ),
        ),
        # Passed on to a queue in which nobody answers.
        conversation(
            "lost after a transfer",
            90,
            party("customer", segment("interact", 0, 90, disconnectType="endpoint")),
            party("acd", segment("interact", 0, 4, queueId=SALES, disconnectType="transfer")),
            party(
                "agent",
                segment("interact", 4, 40, queueId=SALES, disconnectType="transfer"),
                metrics=(metric("nTransferred", 1),),
                user=ADVISERS[0],
            ),
            party("acd", segment("interact", 40, 90, queueId=CLAIMS, disconnectType="peer")),
        ),
        conversation(
            "abandoned",
            58,
            party("customer", segment("interact", 0, 58, disconnectType="endpoint")),
            party("ivr", segment("ivr", 0, 12)),
            party("acd", segment("interact", 12, 58, queueId=SALES, disconnectType="peer")),
            party("agent", segment("alert", 20, 40, disconnectType="client"), user=ADVISERS[0]),
        ),
        conversation(
            "short",
            16,
            party("customer", segment("interact", 0, 16, disconnectType="endpoint")),
            party("ivr", segment("ivr", 0, 12)),
            party(
                "acd",
                segment("interact", 12, 16, queueId=SALES),
                metrics=(metric("tAbandon", 4.0),),
            ),
        ),
        conversation(
            "left in the menu",
            9,
            party("customer", segment("interact", 0, 9, disconnectType="endpoint")),
            party("ivr", segment("ivr", 0, 9, disconnectType="peer")),
        ),
        conversation(
            "voicemail",
            60,
            party("customer", segment("interact", 0, 60, disconnectType="endpoint")),
            party("acd", segment("interact", 0, 30, queueId=SALES, disconnectType="transfer")),
            party("voicemail", segment("interact", 30, 60)),
        ),
        *(_outbound(name, *how) for name, how in OUTBOUND.items()),
        conversation("open", None, party("customer", segment("interact", 0, None))),
        conversation(
            "chat",
            90,
            party("customer", segment("interact", 0, 90), media="chat"),
            party("agent", segment("interact", 10, 90), media="chat", user=ADVISERS[0]),
        ),
        conversation(
            "withheld",
            20,
            party(
                "customer",
                segment("interact", 0, 20, disconnectType="endpoint"),
                ani="sip:anonymous@anonymous.invalid",
                dnis="sip:+33801020304@10.0.0.1;user=phone",
            ),
        ),
    ]
    return {each["conversationId"]: each for each in all_of_them}


#: Whether the other side answers, its disconnectType, and the network's answer.
OUTBOUND: dict[str, tuple[bool, str, list[int]]] = {
    "called": (True, "endpoint", []),
    "called in vain": (False, "endpoint", []),
    "called busy": (False, "endpoint", [486]),
    "uncallable": (False, "transport.failure", []),
}


def _outbound(name: str, answers: bool, how: str, codes: list[int]) -> dict[str, Any]:
    numbers: dict[str, Any] = {"direction": "outbound", "ani": OWN, "dnis": CALLER}
    talk = (segment("interact", 15, 75, disconnectType=how),) if answers else ()
    rang = segment("dialing", 0, 15, disconnectType=how, sipResponseCodes=codes)
    return conversation(
        name,
        80,
        party(
            "agent",
            segment("dialing", 0, 15),
            segment("interact", 15, 75 if answers else 16),
            user=ADVISERS[0],
            **numbers,
        ),
        party("customer", rang, *talk, **numbers),
        direction="outbound",
    )
