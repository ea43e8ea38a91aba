"""The project's own rules: each becomes one SQL query that returns the offending rows.

A rule query selects from `{batch}` (the rows under validation) and returns one column, `row_id`;
it returns no values, so nothing personal can reach a report. Great Expectations counts its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from expectations.sql import identifier, literal


@dataclass(frozen=True)
class RuleContext:
    """What a rule may know beside its arguments: SQL of the row id, and the run's clock."""

    row_id: str
    as_of: str


@dataclass(frozen=True)
class Rule:
    """query: SQL of the offending rows; measure: SQL of the one figure shown as observed.

    is_by_file: a raw file offends, or doesn't, whatever other files hold.
    """

    name: str
    required: frozenset[str]
    optional: frozenset[str]
    query: Callable[[Mapping[str, Any], RuleContext], str]
    measure: Callable[[Mapping[str, Any], RuleContext], str] | None = None
    is_by_file: bool = False


def _keys_do_not_conflict(kwargs: Mapping[str, Any], context: RuleContext) -> str:
    """Rows of one file that share their key and version but differ in content.

    Exact copies are harmless. Bookkeeping columns are no content.
    """
    within = ["_file_id", *kwargs["key"], *kwargs.get("version", [])]
    partition = ", ".join(identifier(column) for column in within)
    content = ", ".join(identifier(column) for column in kwargs["content"])
    return f"""
        select row_id
        from (
            select
                {context.row_id} as row_id,
                min(_content_digest) over same_key
                <> max(_content_digest) over same_key as is_conflict
            from (
                select *, md5(cast(row({content}) as varchar)) as _content_digest from {{batch}}
            )
            window same_key as (partition by {partition})
        )
        where is_conflict
    """


def _files_mostly_parsed(kwargs: Mapping[str, Any], _: RuleContext) -> str:
    """Files of which more than the given share of the rows went to quarantine."""
    return f"""
        select files.file_id as row_id
        from audit.files as files
        where
            files.file_id in (select distinct _file_id from {{batch}})
            and files.rows_quarantined > {literal(kwargs["max_share"])} * files.rows_read
    """


def _no_rows_where(kwargs: Mapping[str, Any], context: RuleContext) -> str:
    """Rows that meet the condition, when they are more than the tolerated share."""
    share = literal(kwargs.get("max_share", 0))
    return f"""
        select row_id
        from (select {context.row_id} as row_id from {{batch}} where {kwargs["condition"]})
        qualify count(*) over () > {share} * (select count(*) from {{batch}})
    """


def _windows(kwargs: Mapping[str, Any], context: RuleContext) -> str:
    """Rows of the recent and the baseline window, whole days before the day of the clock."""
    day = identifier(kwargs["date_column"])
    recent, baseline = int(kwargs["recent_days"]), int(kwargs["baseline_days"])
    today = f"date_trunc('day', timestamp {literal(context.as_of)})"
    category = identifier(kwargs["column"]) if "column" in kwargs else "null"
    return f"""
            select
                coalesce(cast({category} as varchar), '') as category,
                {day} >= {today} - interval {recent} day as is_recent
            from {{batch}}
            where
                {day} >= {today} - interval {recent + baseline} day
                and {day} < {today}
    """


def _share_shift(kwargs: Mapping[str, Any], context: RuleContext) -> str:
    """Half the sum of the absolute differences of shares, 0..1; null when rows are too few."""
    return f"""
        with windows as ({_windows(kwargs, context)}),

        counts as (
            select
                category,
                count(*) filter (is_recent) as recent,
                count(*) filter (not is_recent) as baseline
            from windows
            group by category
        ),

        totals as (select sum(recent) as recent, sum(baseline) as baseline from counts)

        select
            case
                when least(any_value(t.recent), any_value(t.baseline))
                    >= {literal(kwargs["min_rows"])}
                    then sum(abs(
                        -- not every engine lets a sum that isn't asked for divide by nought
                        c.recent / nullif(t.recent, 0) - c.baseline / nullif(t.baseline, 0)
                    )) / 2
            end as shift
        from counts as c
        cross join totals as t
    """


def _shares_stay_stable(kwargs: Mapping[str, Any], context: RuleContext) -> str:
    return f"""
        select null::varchar as row_id
        from ({_share_shift(kwargs, context)})
        where shift > {literal(kwargs["max_shift"])}
    """


def _volume_ratio(kwargs: Mapping[str, Any], context: RuleContext) -> str:
    """Rows a day, recent to baseline; null when the baseline has too few rows."""
    recent, baseline = int(kwargs["recent_days"]), int(kwargs["baseline_days"])
    return f"""
        select
            case
                when count(*) filter (not is_recent) >= {literal(kwargs["min_rows"])}
                    then (count(*) filter (is_recent) / {recent})
                        / (count(*) filter (not is_recent) / {baseline})
            end as ratio
        from ({_windows(kwargs, context)})
    """


def _volume_stays_stable(kwargs: Mapping[str, Any], context: RuleContext) -> str:
    low, high = literal(kwargs["min_ratio"]), literal(kwargs["max_ratio"])
    return f"""
        select null::varchar as row_id
        from ({_volume_ratio(kwargs, context)})
        where ratio not between {low} and {high}
    """


def _rule(
    name: str,
    query: Callable[[Mapping[str, Any], RuleContext], str],
    required: str,
    optional: str = "",
    measure: Callable[[Mapping[str, Any], RuleContext], str] | None = None,
    *,
    is_by_file: bool = False,
) -> Rule:
    names = frozenset(required.split()), frozenset(optional.split())
    return Rule(name, *names, query, measure, is_by_file)


RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        _rule(
            "keys_do_not_conflict",
            _keys_do_not_conflict,
            "key content",
            "version",
            is_by_file=True,
        ),
        _rule("files_mostly_parsed", _files_mostly_parsed, "max_share", is_by_file=True),
        _rule("no_rows_where", _no_rows_where, "condition", "max_share"),
        _rule(
            "shares_stay_stable",
            _shares_stay_stable,
            "column date_column recent_days baseline_days max_shift min_rows",
            measure=_share_shift,
        ),
        _rule(
            "volume_stays_stable",
            _volume_stays_stable,
            "date_column recent_days baseline_days min_ratio max_ratio min_rows",
            measure=_volume_ratio,
        ),
    )
}
