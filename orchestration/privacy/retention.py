"""How long data live: the rules of `seeds/retention_rules.csv`, applied to raw at a clock.

The seed says which table, which time and whose rows a rule speaks of. Rows that a `delete` rule
finds too old go, unless a `keep` rule still covers them; `clear` empties columns.
"""

from __future__ import annotations

import csv
import uuid
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import duckdb

from orchestration.faults import crash_point
from orchestration.ingestion.contract import Contract, Table, load_contract
from orchestration.privacy import certificate as certificates
from orchestration.privacy import retention_sql as sql
from orchestration.privacy.databases import rewrite_warehouse
from orchestration.privacy.erase import mark_for_building, utc_now
from orchestration.privacy.landing_files import Change, Cleaner, finish_waiting, withhold
from orchestration.privacy.plan import Plan
from orchestration.privacy.removal import delete_rows, settle_files
from orchestration.settings import Settings
from orchestration.spark.raw_zone import drop_copies
from orchestration.warehouse import connect, ensure_schema, quoted

SEED = "seeds/retention_rules.csv"
JOB = "purge"


class RuleError(ValueError):
    """A rule of the seed can't be applied; the message names it."""


@dataclass
class Purge:
    """What came of a purge: rows by rule, files rewritten and withheld, the certificate."""

    counts: list[tuple[sql.Rule, int]]
    rewritten: dict[str, int] = field(default_factory=dict)
    withheld: dict[str, str] = field(default_factory=dict)
    path: Path | None = None


def read_rules(project_dir: Path, on: date) -> list[sql.Rule]:
    """The rules in force on a day. Raises RuleError."""
    path = project_dir / SEED
    with path.open(encoding="utf-8", newline="") as handle:
        rules = [_rule(row) for row in csv.DictReader(handle)]
    return [r for r in rules if r.valid_from <= on and (r.valid_to is None or on < r.valid_to)]


def _rule(row: dict[str, str]) -> sql.Rule:
    try:
        rule = sql.Rule(
            rule_id=row["rule_id"],
            regulation=row["regulation"],
            valid_from=date.fromisoformat(row["valid_from"]),
            valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            action=row["action"],
            table_name=row["table_name"],
            subject_columns=_list(row["subject_columns"]),
            time_column=row["time_column"] or None,
            time_of=row["time_of"],
            keep_months=int(row["keep_months"]) if row["keep_months"] else None,
            subjects=row["subjects"],
            applies_when=row["applies_when"],
            contact_when=row["contact_when"],
            clear_columns=_list(row["clear_columns"]),
        )
    except (KeyError, ValueError) as error:
        raise RuleError(f"{SEED}, rule {row.get('rule_id')}: {error}") from error
    if rule.action not in sql.ACTIONS or rule.time_of not in sql.TIMES:
        raise RuleError(f"{SEED}, rule {rule.rule_id}: unknown action or time_of")
    if rule.subjects not in sql.SUBJECTS:
        raise RuleError(f"{SEED}, rule {rule.rule_id}: no such subjects: {rule.subjects}")
    if rule.action in {"delete", "clear"} and rule.keep_months is None:
        raise RuleError(f"{SEED}, rule {rule.rule_id}: keep_months is missing")
    return rule


def _list(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split("|") if part)


def purge(settings: Settings, *, is_dry: bool = False) -> Purge:
    """Delete from raw what is older than its rule at `as_of`; with `is_dry` only count it.

    Needs the writer's lock. Landing files lose the same records. Raises RuleError.
    """
    contract = load_contract(settings.project_dir)
    rules = read_rules(settings.project_dir, settings.as_of.date())
    con = connect(settings.warehouse)
    with closing(con):
        ensure_schema(con, contract)
        finish_waiting(con, settings)
        sql.prepare(con, contract, rules, settings.as_of)
        result, plan = _expired(con, contract, rules, settings.as_of)
        if is_dry or not any(count for _, count in result.counts):
            return result
        changes = _landing(con, contract, settings, plan, result)
        drop_copies(settings.home)
        crash_point("purge_prepared")
        _delete(con, contract, settings, rules, plan, changes)
        crash_point("purge_removed")
        for change in changes:
            if change.rewritten:
                change.rewritten.put()
    rewrite_warehouse(settings)
    result.path = _certificate(settings, result)
    return result


def _expired(
    con: duckdb.DuckDBPyConnection, contract: Contract, rules: list[sql.Rule], as_of: datetime
) -> tuple[Purge, Plan]:
    result, plan = Purge([]), Plan()
    for rule in rules:
        if rule.action not in {"delete", "clear"}:
            continue
        table = _table(contract, rule)
        condition = sql.expired(table, rule, rules, as_of)
        if rule.action == "clear":
            filled = " or ".join(f"{quoted(c)} is not null" for c in rule.clear_columns)
            row = con.execute(
                f"select count(*) from {table.relation} as r where {condition} and ({filled})"
            ).fetchone()
            result.counts.append((rule, int(row[0]) if row else 0))
            continue
        found = con.execute(
            f"select _file_id, _line from {table.relation} as r where {condition}"
        ).fetchall()
        result.counts.append((rule, len(found)))
        if found:
            plan.rows.setdefault(table.identifier, set()).update(found)
    return result, plan


def _table(contract: Contract, rule: sql.Rule) -> Table:
    family, _, format_ = rule.table_name.partition("__")
    table = contract.get(family, format_)
    if table is None:
        raise RuleError(f"{SEED}, rule {rule.rule_id}: no raw table {rule.table_name}")
    named = [rule.time_column, *rule.subject_columns, *rule.clear_columns]
    if unknown := [name for name in named if name and name not in table.by_name]:
        raise RuleError(
            f"{SEED}, rule {rule.rule_id}: {', '.join(unknown)} is no column of {rule.table_name}"
        )
    return table


def _landing(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    settings: Settings,
    plan: Plan,
    result: Purge,
) -> list[Change]:
    changes = []
    cleaner = Cleaner(con, settings, contract, b"", [], plan, only_told=True)
    for change in cleaner.changes():
        if change.rewritten:
            result.rewritten[change.relative] = len(change.lines)
            changes.append(change)
        elif not change.is_left:
            # What can't be moved away either is listed with its reason all the same.
            withhold(settings, change)
            result.withheld[change.relative] = change.reason or ""
    return changes


def _delete(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    settings: Settings,
    rules: list[sql.Rule],
    plan: Plan,
    changes: list[Change],
) -> None:
    con.execute("begin transaction")
    try:
        for rule in rules:
            if rule.action == "clear":
                table = _table(contract, rule)
                emptied = ", ".join(f"{quoted(name)} = null" for name in rule.clear_columns)
                condition = sql.expired(table, rule, rules, settings.as_of)
                con.execute(f"update {table.relation} as r set {emptied} where {condition}")
        delete_rows(con, contract, plan)
        settle_files(con, plan, changes)
        con.execute(sql.forget_values(contract))
        mark_for_building(con, settings, JOB)
        con.execute("commit")
    except BaseException:
        con.execute("rollback")
        raise


def _certificate(settings: Settings, result: Purge) -> Path:
    purge_id = uuid.uuid4().hex[:16]
    path = settings.reports / "purges" / f"{purge_id}.json"
    certificates.write_json(
        path,
        {
            "purge_id": purge_id,
            "as_of": settings.as_of.isoformat() + "Z",
            "completed_at": utc_now().isoformat() + "Z",
            "rules": [
                {
                    "rule_id": rule.rule_id,
                    "regulation": rule.regulation,
                    "table_name": rule.table_name,
                    "keep_months": rule.keep_months,
                    "action": rule.action,
                    "rows": count,
                }
                for rule, count in result.counts
            ],
            "rewritten": result.rewritten,
            "withheld": result.withheld,
        },
    )
    return path
