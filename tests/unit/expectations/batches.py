"""Good batches made from a suite's own table, and one mutation for each expectation type."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import duckdb

from expectations.contract import BOOKKEEPING_COLUMNS, SourceTable, load_contract, load_models
from expectations.failing_rows import failing_condition, rule_query
from expectations.registry import Entry, Suite
from expectations.sql import identifier, literal

AS_OF = datetime(2026, 3, 2, 6, 0, 0)
ROWS = 1200
DAYS = 40
RECENT_FROM = "timestamp '2026-02-23'"

GOOD_FILES = """
    create table audit.files as
    select 'good' as file_id, 1000 as rows_read, 10 as rows_quarantined
    union all
    select 'broken', 1000, 501
"""

# What breaks a condition that only its author understands, by suite and check: a SET clause.
CONDITION_BREAKERS: dict[tuple[str, str], str] = {
    ("raw.call_records__flat", "answered_has_talk"): "outcome = 'answered', talk_seconds = null",
    ("raw.surveys__flat", "score_on_scale"): "score = scale_max + 1, kind = 'ces'",
    ("raw.surveys__flat", "nps_between_0_and_10"): "score = 11, scale_max = 11, kind = 'nps'",
    ("raw.social__reviews", "rating_on_scale"): "rating = -1",
    ("raw.social__follows", "nobody_follows_himself"): "follower_hash = followed_hash",
    ("raw.social__bluesky", "commits_name_their_record"): "kind = 'commit', rkey = null",
    ("raw.crm__customers", "persons_have_a_name"): "kind = 'person', last_name = null",
    ("raw.crm__identifiers", "hashed_kinds_are_hashed"): "kind = 'email', value_status = 'plain'",
    ("raw.crm__orders", "somebody_ordered"): "customer_id = null, visitor_id = null",
    ("raw.crm__consents", "granted_has_proof"): "status = 'granted', proof_ref = null",
    ("raw.crm__contacts", "somebody_was_in_contact"): (
        "customer_id = null, visitor_id = null, email = null, phone = null"
    ),
    ("raw.crm__shifts", "shifts_last_at_most_16_hours"): "ends_at = starts_at + interval 17 hour",
    ("raw.crm__costs", "months_are_first_days"): "month = month + 1",
    ("raw.crm__lead_outcomes", "sold_has_a_contract"): "result = 'sold', contract_id = null",
    ("raw.crm__identity_decisions", "pairs_are_two_customers"): (
        "left_customer_id = right_customer_id"
    ),
    ("staging.stg_ad_spend__google_ads", "accounts_are_known"): "account_id = 'unknown'",
    ("staging.stg_ad_spend__meta", "accounts_are_known"): "account_id = 'unknown'",
    ("intermediate.int_canonical__reviews", "rating_on_scale"): "rating = -1",
    ("intermediate.int_canonical__survey_answers", "questions_mostly_known"): (
        "feedback_kind = 'unknown'"
    ),
    ("marts.fct_conversions", "no_more_revenue_remains"): (
        "net_revenue_eur = greatest(revenue_eur, 0) + 1"
    ),
    ("marts.fct_call_web_links", "only_links_name_a_visit"): (
        "match_method = 'none', visitor_id = 'v'"
    ),
    ("marts.contact_centre_intervals", "half_hours_are_whole"): (
        "half_hour_at = half_hour_at + interval 7 minute"
    ),
    ("marts.contact_centre_forecast", "half_hours_are_whole"): (
        "half_hour_at = half_hour_at + interval 7 minute"
    ),
    ("marts.adviser_performance", "groups_are_not_of_one"): (
        "group_kind = 'team', adviser_count = 1"
    ),
}

# Text that a regex of a suite accepts.
_MATCHING = {
    "^[0-9a-f]{64}$": None,  # a digest, made per row
    "^[A-Z]{3}$": "EUR",
    "^[0-9A-B]{2,3}$": "75",
    "^([01][0-9]|2[0-3]):(00|30)$": "09:30",
}

# Types of columns that a model's YAML names without one, by the ends of their names.
_TYPES_BY_SUFFIX = (
    (("_at", "valid_from", "valid_to"), "timestamp"),
    (("_date", "date_day", "_month"), "date"),
    (("_seconds", "_count", "_length", "clicks", "impressions", "birth_year", "line"), "bigint"),
    (("_eur", "cost", "amount", "premium", "margin", "score", "rating", "rating_max"), "double"),
    (("scale_min", "scale_max"), "double"),
)


class GoodBatch:
    """ROWS good rows of a suite's table: every entry passes on them."""

    def __init__(self, suite: Suite) -> None:
        self.suite = suite
        self.source: SourceTable | None = load_contract().get(suite.table)
        self.columns = self._columns()
        self.entries = {entry.name: (entry, entry.resolve(AS_OF, AS_OF)) for entry in suite.entries}

    def _columns(self) -> dict[str, str]:
        columns: dict[str, str] = {}
        if self.source is not None:
            columns |= self.source.columns
            for name in self.source.personal:
                columns |= {f"{name}_hash": "varchar", f"{name}_status": "varchar"}
            return columns | BOOKKEEPING_COLUMNS
        model = load_models().get(self.suite.table)
        documented = model.columns if model else {}
        used = [column for entry in self.suite.entries for column in _columns_of(entry)]
        for name in [*documented, *used]:
            columns[name] = documented.get(name) or _guessed_type(name)
        return columns

    def create(self, connection: duckdb.DuckDBPyConnection, table: str) -> None:
        """Creates the table with good rows; row i falls on day i modulo DAYS before the clock."""
        values = ", ".join(
            f"({self._value(name, kind)})::{kind} as {identifier(name)}"
            for name, kind in self.columns.items()
        )
        connection.execute(
            f"create table {self._qualified(table)} as "
            f"select {values} from range({ROWS}) as numbers(i)"
        )

    def _qualified(self, table: str) -> str:
        return f"{self.suite.layer}.{identifier(table)}"

    def _value(self, name: str, kind: str) -> str:
        """SQL of a column's good value in row i, from what the suite expects of the column."""
        if name == "_file_id":
            return "'good'"
        if name == "_line":
            return "i"
        options, lowest, highest, length, regex = self._constraints(name)
        if options:
            # The same mix on each day: the day is i modulo DAYS.
            listed = ", ".join(literal(option) for option in options)
            return f"([{listed}])[1 + ((i // {DAYS}) % {len(options)})]"
        if regex is not None:
            sample = _MATCHING[regex]
            return f"sha256({literal(name)} || i)" if sample is None else literal(sample)
        if kind in {"timestamp", "date"}:
            # Dates by month are first days; others spread over the days before the clock.
            if "month" in name:
                return "date '2026-02-01'"
            day = f"timestamp '2026-03-01' - interval (i % {DAYS}) day"
            return f"cast({day} as {kind})"
        if kind in {"bigint", "integer", "double"} or kind.startswith("decimal"):
            low = 0 if lowest is None else float(lowest)
            return str(min(low + 1, float(highest)) if highest is not None else low + 1)
        if kind == "boolean":
            return "true"
        if kind == "json":
            return "'{}'"
        text = f"{literal(name + '-')} || i"
        return text if length is None else f"lpad('', {length}, 'a')"

    def _constraints(self, name: str) -> tuple[list[Any] | None, Any, Any, int | None, str | None]:
        options = lowest = highest = length = regex = None
        for entry, kwargs in self.entries.values():
            if kwargs.get("column") != name:
                continue
            if entry.type == "expect_column_values_to_be_in_set":
                options = kwargs["value_set"]
            elif entry.type == "expect_column_values_to_match_regex":
                regex = kwargs["regex"]
            elif entry.type == "expect_column_value_lengths_to_be_between":
                length = int(kwargs["min_value"]) if kwargs["min_value"] > 1 else None
            elif entry.type == "expect_column_unique_value_count_to_be_between":
                options = ["one", "two"]
            elif entry.type == "expect_column_values_to_be_between":
                lowest = kwargs.get("min_value", lowest)
                highest = kwargs.get("max_value", highest)
            elif entry.type == "shares_stay_stable":
                options = options or ["one", "two", "three"]
        return options, lowest, highest, length, regex

    def break_(self, connection: duckdb.DuckDBPyConnection, table: str, entry: Entry) -> None:
        """Applies the mutation of the entry's type to the table."""
        kwargs = self.entries[entry.name][1]
        for statement in MUTATIONS[entry.type](self, entry, kwargs):
            connection.execute(statement.replace("{table}", self._qualified(table)))

    def mates(self, column: str) -> list[str]:
        """Columns that some pair entry compares with this one."""
        pairs = [
            (kwargs["column_A"], kwargs["column_B"])
            for _, kwargs in self.entries.values()
            if "column_A" in kwargs
        ]
        return [b if a == column else a for a, b in pairs if column in (a, b)]

    def update(self, column: str, value: str, kwargs: dict[str, Any]) -> list[str]:
        """Sets a column in just more rows than the entry tolerates, and empties its mates there,
        so that only the entry in question can notice."""
        changes = [f"{identifier(column)} = {value}"]
        changes += [f"{identifier(mate)} = null" for mate in self.mates(column)]
        return [f"update {{table}} set {', '.join(changes)} where {self.some(kwargs)}"]

    def some(self, kwargs: dict[str, Any]) -> str:
        tolerated = 1 - float(kwargs.get("mostly", 1 - kwargs.get("max_share", 0)))
        return f"rowid < {round(tolerated * ROWS) + 1}"


def _columns_of(entry: Entry) -> list[str]:
    kwargs = entry.kwargs
    named = [kwargs[k] for k in ("column", "column_A", "column_B", "date_column") if k in kwargs]
    return [*named, *kwargs.get("column_set", [])]


def _guessed_type(name: str) -> str:
    if name.startswith(("is_", "has_")) or name == "higher_is_better":
        return "boolean"
    for suffixes, kind in _TYPES_BY_SUFFIX:
        if name.endswith(suffixes):
            return kind
    return "varchar"


Execute = Callable[[str], list[tuple[Any, ...]]]
_FIGURES = {
    "expect_column_mean_to_be_between": "avg({})",
    "expect_column_median_to_be_between": "median({})",
    "expect_column_unique_value_count_to_be_between": "count(distinct {})",
    "expect_table_row_count_to_be_between": "count(*)",
}


def passes(execute: Execute, suite: Suite, entry: Entry, source: str, total: int) -> bool:
    """Whether the rows of `source` (a table's SQL name) meet an entry, without its engine."""
    kwargs = entry.resolve(AS_OF, AS_OF)
    if entry.type == "expect_table_columns_to_match_set":
        found = {row[0] for row in execute(f"describe {source}")}
        missing = set(kwargs["column_set"]) - found
        return not missing and (kwargs.get("exact_match") is False or len(found) == len(missing))
    if entry.type in _FIGURES:
        measured = _FIGURES[entry.type].format(identifier(kwargs.get("column", "")))
        figure = execute(f"select {measured} from {source}")[0][0]
        return bool(kwargs.get("min_value", 0) <= figure <= kwargs.get("max_value", figure))
    if entry.definition.scope == "rule":
        query = rule_query(entry, suite, kwargs, str(AS_OF))
        return not execute(query.replace("{batch}", source))
    condition = failing_condition(entry.type, kwargs)
    failing = execute(f"select count(*) from {source} where {condition}")[0][0]
    column = identifier(kwargs.get("column", kwargs.get("column_A", "")))
    # Empty values count only where emptiness is the question.
    asked = total
    if entry.type != "expect_column_values_to_not_be_null":
        asked = execute(f"select count({column}) from {source}")[0][0]
    return bool(failing <= (1 - float(kwargs.get("mostly", 1))) * asked)


Mutation = Callable[[GoodBatch, Entry, dict[str, Any]], list[str]]


def _drop_column(batch: GoodBatch, entry: Entry, kwargs: dict[str, Any]) -> list[str]:
    others = json.dumps(
        [k for name, (_, k) in batch.entries.items() if "column_set" not in k], default=str
    )
    key = [*batch.suite.key, "_file_id", "_line"]
    free = [c for c in kwargs["column_set"] if c not in others and c not in key]
    assert free, f"{batch.suite.name}: every column is used by another entry too"
    return [f"alter table {{table}} drop column {identifier(free[0])}"]


def _delete_rows(batch: GoodBatch, entry: Entry, kwargs: dict[str, Any]) -> list[str]:
    return [f"delete from {{table}} where rowid >= {kwargs['min_value'] - 1}"]


def _set_null(batch: GoodBatch, entry: Entry, kwargs: dict[str, Any]) -> list[str]:
    return batch.update(kwargs["column"], "null", kwargs)


def _go_outside(batch: GoodBatch, entry: Entry, kwargs: dict[str, Any]) -> list[str]:
    high, low = kwargs.get("max_value"), kwargs.get("min_value")
    bound, step = (high, 1) if high is not None else (low, -1)
    if isinstance(bound, str):
        moment = datetime.fromisoformat(bound) + timedelta(days=step)
        return batch.update(kwargs["column"], f"timestamp '{moment}'", kwargs)
    return batch.update(kwargs["column"], f"{bound} + {step}", kwargs)


def _set_unknown(batch: GoodBatch, entry: Entry, kwargs: dict[str, Any]) -> list[str]:
    return batch.update(kwargs["column"], "'not a value of the set'", kwargs)


def _make_too_long(batch: GoodBatch, entry: Entry, kwargs: dict[str, Any]) -> list[str]:
    return batch.update(kwargs["column"], f"lpad('', {kwargs['max_value'] + 1}, 'a')", kwargs)


def _turn_around(batch: GoodBatch, entry: Entry, kwargs: dict[str, Any]) -> list[str]:
    first, second = kwargs["column_A"], kwargs["column_B"]
    step = "1" if batch.columns[first] in {"bigint", "double", "date"} else "interval 1 minute"
    if batch.columns[first].startswith("decimal"):
        step = "1"
    others = [c for c in batch.mates(first) + batch.mates(second) if c not in (first, second)]
    changes = [f"{identifier(second)} = {identifier(first)} + {step}"]
    changes += [f"{identifier(other)} = null" for other in others]
    return [f"update {{table}} set {', '.join(changes)} where {batch.some(kwargs)}"]


def _raise_figure(batch: GoodBatch, entry: Entry, kwargs: dict[str, Any]) -> list[str]:
    return [f"update {{table}} set {identifier(kwargs['column'])} = {kwargs['max_value'] + 1}"]


def _make_distinct(batch: GoodBatch, entry: Entry, kwargs: dict[str, Any]) -> list[str]:
    return [f"update {{table}} set {identifier(kwargs['column'])} = 'value-' || rowid"]


def _conflict(batch: GoodBatch, entry: Entry, kwargs: dict[str, Any]) -> list[str]:
    copied = [*kwargs["key"], *kwargs.get("version", [])]
    copied += [mate for column in copied for mate in batch.mates(column) if mate not in copied]
    changes = ", ".join(
        f"{identifier(c)} = (select {identifier(c)} from {{table}} where rowid = 0)"
        for c in dict.fromkeys(copied)
    )
    return [f"update {{table}} set {changes} where rowid = 1"]


def _quarantine(batch: GoodBatch, entry: Entry, kwargs: dict[str, Any]) -> list[str]:
    return ["update {table} set _file_id = 'broken'"]


def _meet_condition(batch: GoodBatch, entry: Entry, kwargs: dict[str, Any]) -> list[str]:
    change = CONDITION_BREAKERS[(batch.suite.name, entry.name)]
    return [f"update {{table}} set {change} where {batch.some(kwargs)}"]


def _shift_shares(batch: GoodBatch, entry: Entry, kwargs: dict[str, Any]) -> list[str]:
    column, day = identifier(kwargs["column"]), identifier(kwargs["date_column"])
    last = f"(select max({column}) from {{table}})"
    return [f"update {{table}} set {column} = {last} where {day} >= {RECENT_FROM}"]


def _thin_out(batch: GoodBatch, entry: Entry, kwargs: dict[str, Any]) -> list[str]:
    # Whole days but one, so that the mix of categories within the recent days stays.
    day = identifier(kwargs["date_column"])
    return [
        f"delete from {{table}} where {day} >= {RECENT_FROM} and {day} < timestamp '2026-03-01'"
    ]


MUTATIONS: dict[str, Mutation] = {
    "expect_table_columns_to_match_set": _drop_column,
    "expect_table_row_count_to_be_between": _delete_rows,
    "expect_column_values_to_not_be_null": _set_null,
    "expect_column_values_to_be_between": _go_outside,
    "expect_column_values_to_be_in_set": _set_unknown,
    "expect_column_values_to_match_regex": _set_unknown,
    "expect_column_value_lengths_to_be_between": _make_too_long,
    "expect_column_pair_values_a_to_be_greater_than_b": _turn_around,
    "expect_column_mean_to_be_between": _raise_figure,
    "expect_column_median_to_be_between": _raise_figure,
    "expect_column_unique_value_count_to_be_between": _make_distinct,
    "keys_do_not_conflict": _conflict,
    "files_mostly_parsed": _quarantine,
    "no_rows_where": _meet_condition,
    "shares_stay_stable": _shift_shares,
    "volume_stays_stable": _thin_out,
}

__all__ = ["CONDITION_BREAKERS", "GOOD_FILES", "MUTATIONS", "GoodBatch", "passes"]
