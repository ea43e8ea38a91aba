"""The right of access: everything held on a person, found as an erasure finds it."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

from orchestration.ingestion import suppression
from orchestration.ingestion.contract import load_contract
from orchestration.privacy.layers import SCHEMAS, Layers
from orchestration.privacy.person import find
from orchestration.privacy.plan import QUARANTINE, ROWS, plan_for
from orchestration.privacy.subject import read_subject, warehouse_key
from orchestration.settings import Settings
from orchestration.warehouse import connect, ensure_schema


class NobodyError(LookupError):
    """Nothing is held under the identifier."""


def held_on(settings: Settings, text: str) -> dict[str, Any]:
    """What is held on the person whom `KIND:VALUE` names: personal data, in plain.

    `identifiers` by kind, `raw` rows by table as delivered, `layers` rows by built table,
    `quarantine` lines, `suppressions`, and the `files` that raw and quarantine came from.
    Raises SubjectError for what names no one person, NobodyError where nothing is held.
    """
    contract = load_contract(settings.project_dir)
    con = connect(settings.warehouse)
    with closing(con):
        ensure_schema(con, contract)
        key = warehouse_key(con, settings)
        subject = read_subject(con, text, key)
        person = find(con, subject, key)
        plan = plan_for(con, contract, settings, person)
        raw = {
            table.relation: _rows(
                con.execute(
                    f"select * from {table.relation} where (_file_id, _line) in "
                    f"(select (file_id, line) from {ROWS} where identifier = ?) "
                    "order by _file_id, _line",
                    [table.identifier],
                )
            )
            for table in contract
            if plan.rows.get(table.identifier)
        }
        quarantine = _rows(
            con.execute(
                "select file_id, line, text from restricted.quarantine_rows "
                f"where (file_id, line) in (select (file_id, line) from {QUARANTINE}) order by all"
            )
        )
        layers = Layers(con, settings.warehouse.stem, person, SCHEMAS)
        built = {table.label: rows for table in layers.tables if (rows := layers.rows(table))}
        hashes = {entry.hash for entry in person.entries()}
        listed = [
            {"kind": s.kind, "hash": s.hash, "erasure_id": s.erasure_id, "erased_at": s.erased_at}
            for s in suppression.read(con)
            if s.hash in hashes
        ]
        files = _rows(
            con.execute(
                "select file_id, path, family, format, exported_at, loaded_at from audit.files "
                "where list_contains(?, file_id) order by path, file_id",
                [sorted(plan.by_file())],
            )
        )
    if not (raw or built or quarantine or listed):
        raise NobodyError(f"nothing is held under this {subject.kind}")
    return {
        "as_of": settings.as_of.isoformat() + "Z",
        "subject": {"kind": subject.kind, "value": subject.value},
        "person_ids": sorted(person.person_ids),
        "identifiers": [
            {
                "kind": kind,
                "values": sorted(person.plain[kind, value]),
                "hash": person.digest((kind, value)),
                "is_shared": periods is not None,
            }
            for (kind, value), periods in sorted(person.periods.items())
            if (kind, value) not in person.spellings
        ],
        "raw": raw,
        "quarantine": quarantine,
        "layers": built,
        "suppressions": listed,
        "files": files,
    }


def _rows(found: Any) -> list[dict[str, Any]]:
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def as_json(held: dict[str, Any]) -> str:
    """The answer as text."""
    return json.dumps(held, indent=2, ensure_ascii=False, default=str)
