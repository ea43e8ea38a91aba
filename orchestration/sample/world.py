"""Writes a whole sample world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from .call_files import CallNames, write_asterisk, write_flat_calls, write_leases
from .call_notes import write_transcripts, write_wrap_ups
from .call_vendors import write_genesys, write_twilio
from .calls import build_calls
from .config import DAY, DEFAULT_ENDS_AT, WorldConfig
from .contracts import build_contracts
from .crm import write_crm
from .crm_activity import write_activity
from .demand import build_needs
from .ids import Ids
from .journeys import build_sessions
from .leases import build_leases
from .people import build_people
from .service import build_requests
from .spend import write_spend
from .tags import TrackerSessions, is_off_site
from .truth import write_truth
from .voice import write_social, write_surveys
from .web import WebWriter
from .writers import day_text, write_text


@dataclass(frozen=True)
class SampleSummary:
    """What was written: people, visits, web events, calls, contracts, and rows a file family."""

    out: Path
    as_of: datetime
    people: int
    sessions: int
    web_events: int
    calls: int
    contracts: int
    sales: int
    rows: dict[str, int] = field(default_factory=dict)


def write_sample(
    out: Path,
    customers: int = 2_000,
    days: int = 30,
    seed: int = 1,
    ends_at: datetime | None = None,
    progress: Callable[[str], None] | None = None,
) -> SampleSummary:
    """Write a landing zone to `out`, its truth to `out/truth`, its clock to `out/as_of`.

    The same arguments give the same bytes. `ends_at` (UTC when it has no zone) is the last
    instant of the world. Raises ValueError for fewer than 20 customers or 2 days, and
    FileExistsError when `out` already holds a world.
    """
    cfg = WorldConfig(customers, days, seed, ends_at or DEFAULT_ENDS_AT)
    if (out / "as_of").exists():
        raise FileExistsError(f"{out} already holds a sample world")
    say = progress or (lambda _: None)
    say(f"people and needs: {cfg.people} people, {days} days")
    people = build_people(cfg)
    ids = Ids(cfg, people)
    needs = build_needs(cfg, people)
    requests = build_requests(cfg, people)
    sessions = build_sessions(cfg, people, needs, requests)
    say(f"calls and contracts: {len(sessions)} visits")
    leases = build_leases(sessions, is_off_site(sessions, people))
    calls, advisers = build_calls(cfg, people, needs, requests, sessions, leases)
    contracts = build_contracts(cfg, people, needs, sessions, calls)
    names = CallNames(people, ids, calls)
    tracker = TrackerSessions(sessions, people, ids)

    web = WebWriter(cfg, people, ids, sessions, out)
    for day in range(cfg.start // DAY, cfg.end // DAY + 1):
        say(f"web tags of {day_text(day)}")
        web.write_day(day)
    say("call records, CRM, surveys, spend, truth")
    rows = {
        "web_tags": web.events,
        "call_records/asterisk": write_asterisk(out, cfg, calls, names),
        "call_records/flat": write_flat_calls(out, cfg, people, calls, names, ids),
        "call_records/twilio": write_twilio(out, cfg, calls, names),
        "call_records/genesys": write_genesys(out, cfg, calls, names),
        "call_records/wrap_ups": write_wrap_ups(out, cfg, calls, names),
        "call_records/transcripts": write_transcripts(out, cfg, calls, names),
        "call_records/number_leases": write_leases(out, cfg, people, sessions, leases, ids),
    }
    rows |= write_crm(
        out, cfg, people, needs, sessions, calls, contracts, advisers, names, ids, tracker
    )
    rows |= write_activity(out, cfg, people, needs, requests, sessions, calls, contracts, ids)
    rows |= write_surveys(out, cfg, people, calls, advisers, sessions, names, ids)
    rows |= write_social(out, cfg, people, contracts, ids)
    rows |= write_spend(out, cfg, sessions)
    truth = write_truth(
        out, cfg, people, needs, sessions, leases, calls, contracts, names, ids, tracker
    )
    rows |= {f"truth/{name}": count for name, count in truth.items()}
    write_text(out / "as_of", cfg.ends_at.strftime("%Y-%m-%dT%H:%M:%SZ") + "\n")
    return SampleSummary(
        out=out,
        as_of=cfg.ends_at.replace(tzinfo=None),
        people=len(people),
        sessions=len(sessions),
        web_events=web.events,
        calls=len(calls),
        contracts=len(contracts),
        sales=int((contracts.need >= 0).sum()),
        rows=rows,
    )
