"""The right of erasure: a person out of the warehouse, the landing zone and everything published.

The order is what makes a kill harmless: first the person is put on the list of suppressed people,
then everything that still needs to know them is cleaned, then their rows go in one transaction
together with the new identities of the files, last come renames and the new database file. Before
that transaction a second erasure finds the person again; after it nothing of them is needed.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from orchestration.faults import crash_point
from orchestration.ingestion import suppression
from orchestration.ingestion.contract import Contract, load_contract
from orchestration.ingestion.matching import Entry, Matcher
from orchestration.privacy import certificate as certificates
from orchestration.privacy.certificate import Certificate
from orchestration.privacy.databases import republish, rewrite_warehouse
from orchestration.privacy.home_files import Sweeper
from orchestration.privacy.landing_files import Change, Cleaner, finish_waiting, withhold
from orchestration.privacy.layers import SCHEMAS, Layers
from orchestration.privacy.person import Person, exists, find
from orchestration.privacy.plan import Plan, latest_moment, plan_for, record_entries
from orchestration.privacy.removal import delete_rows, settle_files
from orchestration.privacy.subject import Subject, read_subject, warehouse_key
from orchestration.settings import Settings
from orchestration.warehouse import connect, ensure_schema, quoted

JOB = "erase"
#: Where the lives of person ids are told.
HISTORY = ("marts", "person_id_history")


class NobodyError(LookupError):
    """Nothing is held under the identifier; nothing was changed."""


@dataclass
class _Work:
    """One erasure under way."""

    settings: Settings
    contract: Contract
    con: duckdb.DuckDBPyConnection
    person: Person
    plan: Plan
    entries: list[Entry]
    certificate: Certificate


def erase(settings: Settings, text: str) -> Certificate:
    """Erase the person whom `KIND:VALUE` names; the certificate, which is also written.

    Needs the writer's lock. Raises SubjectError for what names no one person, NobodyError where
    nothing is held, SettingsError where the key is missing or another.
    """
    contract = load_contract(settings.project_dir)
    for left in settings.home.glob(".erasure-*"):
        shutil.rmtree(left)
    con = connect(settings.warehouse)
    with closing(con):
        ensure_schema(con, contract)
        suppression.synchronise(con, settings, contract)
        subject = read_subject(con, text, warehouse_key(con, settings))
        work = _begin(settings, contract, con, subject)
        _suppress(work)
        crash_point("erase_suppressed")
        _clean_what_is_around(work)
        changes = _landing(work)
        certificates.keep_pending(settings, work.certificate)
        crash_point("erase_prepared")
        _remove(work, changes)
        crash_point("erase_removed")
        for change in changes:
            if change.rewritten and not change.rewritten.put():
                work.certificate.left[change.relative] = "the file grew meanwhile; erase again"
            crash_point("erase_renamed")
    rewrite_warehouse(settings)
    crash_point("erase_compacted")
    work.certificate.completed_at = utc_now().isoformat() + "Z"
    certificates.complete(settings, work.certificate)
    return work.certificate


def _begin(
    settings: Settings, contract: Contract, con: duckdb.DuckDBPyConnection, subject: Subject
) -> _Work:
    finish_waiting(con, settings)
    person = find(con, subject, warehouse_key(con, settings))
    plan = plan_for(con, contract, settings, person)
    until = latest_moment(con, contract, settings.as_of)
    entries = [*person.entries(until), *record_entries(plan, person.key)]
    earlier = certificates.pending(settings, subject.kind, subject.hash)
    listed = _listed(con, subject, earlier)
    entries = list(dict.fromkeys([*entries, *(found.entry for found in listed)]))
    made = Certificate(
        erasure_id=earlier.erasure_id if earlier else uuid.uuid4().hex[:16],
        kind=subject.kind,
        hash=subject.hash,
        as_of=settings.as_of.isoformat() + "Z",
        begun_at=utc_now().isoformat() + "Z",
        identifiers=person.counts(),
    )
    work = _Work(settings, contract, con, person, plan, entries, made)
    if not (plan.row_count or plan.quarantine or listed or earlier) and not _is_around(work):
        raise NobodyError(
            f"nothing is held under this {subject.kind}; look at the value and its kind"
        )
    if earlier:
        made.add(earlier)
    return work


def _listed(
    con: duckdb.DuckDBPyConnection, subject: Subject, earlier: Certificate | None
) -> list[suppression.Suppression]:
    """What is on the list already of the erasures that name this person."""
    found = suppression.read(con)
    erasures = {s.erasure_id for s in found if (s.kind, s.hash) == (subject.kind, subject.hash)}
    if earlier:
        erasures.add(earlier.erasure_id)
    return [s for s in found if s.erasure_id in erasures]


def _is_around(work: _Work) -> bool:
    """Whether the person is known without a raw row: in built layers, or in the landing zone."""
    layers = Layers(work.con, work.settings.warehouse.stem, work.person, SCHEMAS)
    if any(layers.rows(table) for table in layers.tables):
        return True
    is_found = False
    for change in _cleaner(work).changes():
        is_found |= bool(change.lines)
        if change.rewritten:
            change.rewritten.part.unlink(missing_ok=True)
    return is_found


def _suppress(work: _Work) -> None:
    certificates.keep_pending(work.settings, work.certificate)
    moment = utc_now()
    known = {found.entry for found in suppression.read(work.con)}
    suppression.add(
        work.con,
        work.settings,
        [
            suppression.Suppression(
                work.certificate.erasure_id, e.kind, e.hash, e.from_at, e.until_at, moment
            )
            for e in work.entries
            if e not in known
        ],
    )


def _clean_what_is_around(work: _Work) -> None:
    """What was published, and the home's other files."""
    removed = work.certificate.removed
    removed |= republish(work.settings, work.person)
    crash_point("erase_republished")
    matcher = Matcher(work.con, work.entries, work.person.key)
    for folder, files in Sweeper(work.settings, work.person, matcher).sweep().items():
        removed[f"{folder} (files)"] = files


def _cleaner(work: _Work) -> Cleaner:
    return Cleaner(work.con, work.settings, work.contract, work.person.key, work.entries, work.plan)


def _landing(work: _Work) -> list[Change]:
    changes = []
    for change in _cleaner(work).changes():
        if change.rewritten:
            work.certificate.rewritten[change.relative] = len(change.lines)
            changes.append(change)
        elif not change.is_left and withhold(work.settings, change):
            work.certificate.withheld[change.relative] = change.reason or ""
        else:
            work.certificate.left[change.relative] = change.reason or ""
    return changes


def _remove(work: _Work, changes: list[Change]) -> None:
    """One transaction: the person's rows, the files' new identities, and the mark to build anew."""
    con, removed = work.con, work.certificate.removed
    con.execute("begin transaction")
    try:
        layers = Layers(con, work.settings.warehouse.stem, work.person, SCHEMAS)
        removed |= delete_rows(con, work.contract, work.plan)
        settle_files(con, work.plan, changes)
        # What is withheld can't be loaded again: a replay needn't look for it.
        con.execute(
            "delete from audit.files where status = 'rejected' and list_contains(?, path)",
            [sorted(work.certificate.withheld)],
        )
        for place, count in layers.delete().items():
            removed[place] = removed.get(place, 0) + count
        note_in_history(con, work.person.person_ids, work.settings.as_of)
        mark_for_building(con, work.settings, JOB)
        con.execute("commit")
    except BaseException:
        con.execute("rollback")
        raise
    certificates.keep_pending(work.settings, work.certificate)


def note_in_history(
    con: duckdb.DuckDBPyConnection, person_ids: Iterable[str], as_of: datetime
) -> None:
    """Leave in the history of person ids that these were erased.

    The id alone stays, so that readers who copied marts know what to drop; nothing leads from it
    to the person any more.
    """
    for person_id in sorted(person_ids) if exists(con, *HISTORY) else ():
        con.execute(
            f"insert into {'.'.join(map(quoted, HISTORY))} by name "
            "select ? as person_id, 'erased' as event, null as other_person_id, "
            'cast(? as timestamp) as "at"',
            [person_id, as_of],
        )


def mark_for_building(con: duckdb.DuckDBPyConnection, settings: Settings, job: str) -> None:
    """Leave a run of another job as the last one, so that the next `passerelle run` builds anew."""
    con.execute(
        "insert into audit.runs values (?, ?, ?, ?, ?, 'completed', null, null)",
        [str(uuid.uuid4()), settings.as_of, utc_now(), utc_now(), job],
    )


def utc_now() -> datetime:
    """The machine's clock, UTC without zone."""
    return datetime.now(UTC).replace(tzinfo=None)
