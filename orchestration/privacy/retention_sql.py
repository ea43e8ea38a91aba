"""SQL of retention rules over raw: whose rows, of what time, how old.

`prepare` makes three temporary tables: `calls_at` (when each call began), `call_contracts`
(contracts concluded in a call) and `subjects_known` (last contact of everyone, and whether a
contract of theirs runs).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from orchestration.ingestion.casting import literal
from orchestration.ingestion.contract import Contract, Table
from orchestration.ingestion.matching import CALL_TABLES, OWN_CALL_COLUMNS
from orchestration.warehouse import quoted

ACTIONS = frozenset({"delete", "clear", "keep", "contact"})
TIMES = frozenset({"row", "call", "contract"})
PROSPECTS = "prospects"
#: Contracts that stand behind a transcript, by how they were concluded.
CONTRACTS = {
    "oral_contracts": "not is_insurance and is_running",
    "insurance_contracts": "is_insurance",
}
WITHOUT_CONTRACT = "without_contract"
SUBJECTS = frozenset({"everyone", PROSPECTS, WITHOUT_CONTRACT, *CONTRACTS})


@dataclass(frozen=True)
class Rule:
    """One rule: after `keep_months` what of a table goes, is emptied, or is still kept.

    `time_of` says whose time counts: the row's (`time_column`), its call's, or that of the contract
    concluded in the call. `applies_when` and `contact_when` are conditions such as
    `direction=inbound;outcome<>opened`; `contact_when` says which rows are contacts by the person.
    """

    rule_id: str
    regulation: str
    valid_from: date
    valid_to: date | None
    action: str
    table_name: str
    subject_columns: tuple[str, ...]
    time_column: str | None
    time_of: str
    keep_months: int | None
    subjects: str
    applies_when: str
    contact_when: str
    clear_columns: tuple[str, ...]


def condition(table: Table, text: str) -> str:
    """SQL of `column=a|b;column<>c`; what the table lacks is a column of the call's wrap-up."""
    tests = []
    for part in filter(None, text.split(";")):
        name, operator, values = part.partition("<>" if "<>" in part else "=")
        listed = ", ".join(literal(value) for value in values.split("|"))
        test = f"coalesce({quoted(name)}, '') {'not in' if operator == '<>' else 'in'} ({listed})"
        if name not in table.by_name:
            test = f"r.call_id in (select call_id from raw.call_records__wrap_ups where {test})"
        tests.append(test)
    return " and ".join(tests) or "true"


def expired(table: Table, rule: Rule, rules: list[Rule], as_of: datetime) -> str:
    """SQL of whether row `r` of a table is older than a rule allows and no other rule keeps it."""
    tests = [condition(table, rule.applies_when), _is_of(rule)]
    limit = _limit(rule, as_of)
    if rule.subjects == PROSPECTS:
        known = "select 1 from subjects_known as s where s.subject = " + subject(table, rule)
        tests.append(f"not exists ({known} and s.is_running)")
        last = (
            "select max(s.last_contact_at) from subjects_known as s where s.subject = "
            + subject(table, rule)
        )
        tests.append(f"coalesce(({last}), {_time(rule)}) < {limit}")
    else:
        tests.append(f"{_time(rule)} < {limit}")
    for other in rules:
        if other.action == "keep" and other.table_name == rule.table_name:
            in_time = (
                f"{_time(other)} >= {_limit(other, as_of)}"
                if other.keep_months is not None
                else "true"
            )
            tests.append(f"not coalesce({_is_of(other)} and {in_time}, false)")
    return " and ".join(f"({test})" for test in tests)


def _limit(rule: Rule, as_of: datetime) -> str:
    return f"timestamp {literal(str(as_of))} - interval {rule.keep_months} month"


def _is_of(rule: Rule) -> str:
    """SQL of whether a row is one of the rule's subjects."""
    if rule.subjects in CONTRACTS:
        return f"r.call_id in (select call_id from call_contracts where {CONTRACTS[rule.subjects]})"
    if rule.subjects == WITHOUT_CONTRACT:
        return "r.call_id not in (select call_id from call_contracts)"
    return "true"


def _time(rule: Rule) -> str:
    if rule.time_of == "call":
        # A call that no record tells of is as old as its export.
        return (
            "coalesce((select min(c.started_at) from calls_at as c where c.call_id = r.call_id), "
            "r._exported_at, (select f.loaded_at from audit.files as f "
            "where f.file_id = r._file_id))"
        )
    if rule.time_of == "contract":
        which = CONTRACTS.get(rule.subjects, "true")
        return (
            "(select max(c.opened_at) from call_contracts as c "
            f"where c.call_id = r.call_id and {which})"
        )
    return f"cast(r.{quoted(rule.time_column or '')} as timestamp)"


def subject(table: Table, rule: Rule) -> str:
    """SQL of whom a row is about: the customer, or the identifier where CRM knows no customer."""
    keys = []
    for name in rule.subject_columns:
        column = table.by_name[name]
        hashed = f"{name}_hash"
        value = (
            f"coalesce(r.{quoted(hashed)}, r.{quoted(name)})"
            if column.pii in {"login", "subject"}
            else f"r.{quoted(hashed if hashed in table.derived_columns else name)}"
        )
        owner = f"(select min(o.customer_id) from owners as o where o.value = {value})"
        keys += [f"coalesce({owner}, {value})"]
    return f"coalesce({', '.join(keys)})" if keys else "cast(null as varchar)"


def prepare(
    con: duckdb.DuckDBPyConnection, contract: Contract, rules: list[Rule], as_of: datetime
) -> None:
    """Make the temporary tables that rules ask."""
    moment = f"timestamp {literal(str(as_of))}"
    calls = [
        f"select {quoted(name)} as call_id, "
        f"cast({quoted(table.event_time)} as timestamp) as started_at "
        f"from {table.relation} where {quoted(name)} is not null"
        for table in contract
        if table.family == "call_records" and table.format in CALL_TABLES and table.event_time
        for name in OWN_CALL_COLUMNS
        if name in table.by_name
    ]
    con.execute(f"create or replace temp table calls_at as {' union all '.join(calls)}")
    # Of several deliveries of a contract the newest says whether it runs.
    con.execute(
        "create or replace temp table contracts_now as select *, "
        f"closed_at is null or closed_at > {moment} as is_running from raw.crm__contracts "
        "qualify row_number() over (partition by contract_id, customer_id, role "
        "order by _exported_at desc nulls last, _load_id desc, _file_id, _line) = 1"
    )
    con.execute(
        "create or replace temp table call_contracts as select k.call_id, k.opened_at, "
        "k.is_running, coalesce(p.is_insurance, false) as is_insurance from contracts_now as k "
        "left join (select product_id, bool_or(is_insurance) as is_insurance "
        "from raw.crm__products group by product_id) as p on k.product_id = p.product_id "
        "where k.call_id is not null and coalesce(k.finalised_channel, 'phone') = 'phone'"
    )
    # Of several owners of an identifier one whose contract runs: what is shared stays.
    con.execute(
        "create or replace temp table owners as select coalesce(i.value_hash, trim(i.value)) "
        "as value, coalesce(min(i.customer_id) filter (where k.customer_id is not null), "
        "min(i.customer_id)) as customer_id from raw.crm__identifiers as i left join "
        "(select distinct customer_id from contracts_now where is_running) as k "
        "on i.customer_id = k.customer_id "
        f"where i.valid_to is null or i.valid_to > {moment} group by 1"
    )
    contacts = [
        "select customer_id as subject, cast(null as timestamp) as happened_at, is_running "
        "from contracts_now"
    ]
    for rule in rules:
        table = contract.get(*rule.table_name.split("__", 1))
        if table is None or not rule.contact_when:
            continue
        when = "true" if rule.contact_when == "always" else condition(table, rule.contact_when)
        contacts.append(
            f"select {subject(table, rule)} as subject, {_time(rule)} as happened_at, "
            f"false as is_running from {table.relation} as r where {when}"
        )
    con.execute(
        "create or replace temp table subjects_known as select subject, "
        f"max(case when happened_at <= {moment} then happened_at end) as last_contact_at, "
        "bool_or(is_running) as is_running "
        f"from ({' union all '.join(contacts)}) as contacts where subject is not null "
        "group by subject"
    )


def forget_values(contract: Contract) -> str:
    """SQL that deletes plain values of identifiers that no row of raw carries any more."""
    hashes = " union all ".join(
        f"select {quoted(name)} as hash from {table.relation} where {quoted(name)} is not null"
        for table in contract
        for name in table.derived_columns
        if name.endswith("_hash")
    )
    return (
        "delete from restricted.identifier_values where hash is not null "
        f"and hash not in (select hash from ({hashes}) as needed)"
    )
