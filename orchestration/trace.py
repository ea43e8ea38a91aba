"""From a row of a mart back to the files and lines that it comes from.

How each mart's rows hang on staging is SQL in `traces/<mart>.sql`: `$1` is the row's key, the
result is `role, source, row_id`, where row_id is `<file_id>:<line>`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

TRACES = Path(__file__).parent / "traces"
#: A trace's first line names what its parameters are.
PARAMETER = re.compile(r"\$\d: (\w+)")
#: Marts whose rows are traced through the ids that they carry: their key, and the columns followed.
FOLLOWED = {
    "adviser_screen_pop": (("person_id",), ("person_id",)),
    "bridge_person_identifier": (
        ("identifier_type", "identifier_value", "valid_from"),
        ("person_id",),
    ),
    "bridge_tribe_person": (("tribe_id", "person_id"), ("person_id",)),
    "customer_360": (("person_id",), ("person_id",)),
    "customer_360_history": (("person_id", "valid_from_at"), ("person_id",)),
    "dissatisfaction_alerts": (("alert_id",), ("person_id",)),
    "e_rebond_candidates": (("candidate_id",), ("person_id",)),
    "e_rebond_outcomes": (("target_id",), ("person_id",)),
    "e_rebond_targets": (("target_id",), ("person_id",)),
    "fct_attributed_conversions": (
        ("conversion_id", "touch_id", "model"),
        ("conversion_id", "session_id", "call_id"),
    ),
    "fct_call_web_links": (("call_id",), ("call_id", "session_id")),
    "fct_funnel_progress": (("funnel", "person_or_visitor_id", "attempt"), ("last_session_id",)),
    "fct_interactions": (("interaction_id",), ("session_id", "call_id")),
    "fct_text_codes": (("text_kind", "record_id"), ("person_id", "call_id")),
    "fct_person_links": (
        ("person_id_a", "person_id_b", "link_type"),
        ("person_id_a", "person_id_b"),
    ),
    "next_channel": (("person_id",), ("person_id",)),
    "retargeting_audiences": (("audience_id", "candidate_id"), ("person_id",)),
    "unattributed_conversions": (("conversion_id",), ("conversion_id",)),
}
#: The mart whose trace an id has; each takes a list of ids.
MART_OF_ID = {
    "person_id": "dim_person",
    "person_id_a": "dim_person",
    "person_id_b": "dim_person",
    "session_id": "fct_sessions",
    "last_session_id": "fct_sessions",
    "call_id": "fct_calls",
    "conversion_id": "fct_conversions",
}
#: What else is a person's, by consent and period as these marts say: its id in a mart of its own.
OF_A_PERSON = {"fct_sessions": "session_id", "fct_calls": "call_id"}
#: Marts that come from no delivered row of their own, and from what instead.
WITHOUT_ROWS = {
    "dim_date": "a calendar, made from the seed of public holidays",
    "publication_info": "the run's own record: see audit.runs and audit.files",
    "source_register": "the sources' own record: see audit.files",
    "data_quality_results": "the checks' own record: see audit.check_results",
    "e_rebond_proofs": "`passerelle explain` prints it; its evidence are the sources' own keys",
    **dict.fromkeys(
        (
            "dim_tribe",
            "identity_edges_cut",
            "identity_review_pairs",
            "person_id_history",
            "tribe_monthly",
        ),
        "made of the whole graph: trace a person in dim_person",
    ),
    **dict.fromkeys(
        (
            "tag_plan_conformity",
            "web_to_call",
            "self_service_failures",
            "journey_paths",
            "conversion_modes",
            "experiment_results",
            "product_sheet_conflicts",
            "attribution_paths",
            "attribution_channel_weights",
            "attribution_by_channel",
            "sales_role_matrix",
            "digital_contribution",
            "spend_audit",
            "voice_cookie_performance",
            "number_pool_sizing",
            "e_rebond_capacity",
            "e_rebond_control",
            "e_rebond_models",
            "e_rebond_opportunity_cost",
            "e_rebond_performance",
            "e_rebond_scenarios",
            "e_rebond_uplift",
            "contact_centre_forecast",
            "contact_centre_forecast_errors",
            "contact_centre_staffing",
            "satisfaction_by_stage",
            "friction_points",
            "improvement_log",
            "call_quality",
            "satisfaction_outcomes",
            "knowledge_scorecard",
            "journey_reasons",
            "channel_performance",
            "adviser_performance",
            "value_routing_audit",
            "activity_mix",
            "channel_model_comparison",
        ),
        "a summary of many rows: trace sessions, calls, sales and interactions",
    ),
    **dict.fromkeys(
        (
            "audiences",
            "audience_members",
            "audience_activations",
            "dmp_profiles",
        ),
        "composed of many people: trace a person in customer_360",
    ),
    "fct_interaction_values": "shares of a sale: trace the interaction in fct_interactions",
}


class TraceError(ValueError):
    """A row can't be traced; the message says why, and what can be."""


@dataclass(frozen=True)
class Origin:
    """A delivered row behind a mart's row."""

    role: str
    source: str
    path: str
    line: int
    file_id: str
    loaded_at: datetime


def marts() -> list[str]:
    """The marts whose rows can be traced."""
    return sorted({path.stem for path in TRACES.glob("*.sql")} | FOLLOWED.keys())


def trace(con: duckdb.DuckDBPyConnection, mart: str, key: str) -> list[Origin]:
    """The delivered rows behind one row of a mart; parts of a key are joined by `|`.

    Raises TraceError for a mart or a key that isn't there. A `|` within a key's first part is kept.
    """
    if mart in WITHOUT_ROWS:
        raise TraceError(f"{mart} is {WITHOUT_ROWS[mart]}")
    path = TRACES / f"{mart}.sql"
    if mart in FOLLOWED:
        names = list(FOLLOWED[mart][0])
    elif path.is_file():
        names = PARAMETER.findall(path.read_text(encoding="utf-8").partition("\n")[0])
    else:
        raise TraceError(f"no mart {mart!r}; one of {', '.join(marts())}")
    parts = key.rsplit("|", len(names) - 1)
    told = f"the key of {mart} is {'|'.join(names)}"
    if len(parts) != len(names):
        raise TraceError(f"{key!r} is no key of {mart}: {told}")
    try:
        found = _own(con, mart, parts) + _followed(con, mart, parts)
    except duckdb.ConversionException as error:
        raise TraceError(
            f"{key!r} is no key of {mart}: {told}, times as 2026-10-31 22:00"
        ) from error
    if not found:
        raise TraceError(f"{mart} has no row {key!r}, or nothing delivered stands behind it")
    return sorted(set(found), key=lambda origin: (origin.path, origin.line, origin.role))


def _own(con: duckdb.DuckDBPyConnection, mart: str, key: list[str]) -> list[Origin]:
    """What the mart's own SQL finds."""
    if mart in MART_OF_ID.values():
        return _of_ids(con, mart, key)
    path = TRACES / f"{mart}.sql"
    return _origins(con, path, key) if path.is_file() else []


def _followed(con: duckdb.DuckDBPyConnection, mart: str, key: list[str]) -> list[Origin]:
    """What the ids of the mart's row lead to."""
    names, columns = FOLLOWED.get(mart, ((), ()))
    if not names:
        return []
    rows = con.table(f"marts.{mart}")
    for name, value in zip(names, key, strict=True):
        rows = rows.filter(_text(name).isin(duckdb.ConstantExpression(value)))
    found = rows.select(*columns).distinct().fetchall()
    return [
        origin
        for column, values in zip(columns, zip(*found, strict=True), strict=False)
        for origin in _of_ids(con, MART_OF_ID[column], [v for v in values if v is not None])
    ]


def _of_ids(con: duckdb.DuckDBPyConnection, mart: str, ids: Sequence[str]) -> list[Origin]:
    """The origins of several rows at once; of persons those of their visits and calls too."""
    if not ids:
        return []
    origins = _origins(con, TRACES / f"{mart}.sql", [list(ids)])
    if mart == "dim_person":
        persons = [duckdb.ConstantExpression(person) for person in ids]
        for owned, column in OF_A_PERSON.items():
            rows = con.table(f"marts.{owned}").filter(_text("person_id").isin(*persons))
            origins += _of_ids(con, owned, [row[0] for row in rows.select(column).fetchall()])
    return origins


def _text(column: str) -> duckdb.Expression:
    return duckdb.ColumnExpression(column).cast(duckdb.sqltype("varchar"))


def _origins(con: duckdb.DuckDBPyConnection, path: Path, key: Sequence[object]) -> list[Origin]:
    rows = con.execute(
        "with origins as (\n" + path.read_text(encoding="utf-8") + ")\n"
        "select distinct origins.role, origins.source, files.path, "
        "cast(split_part(origins.row_id, ':', 2) as bigint) as line, files.file_id, "
        "files.loaded_at from origins inner join audit.files as files "
        "on split_part(origins.row_id, ':', 1) = files.file_id",
        key,
    ).fetchall()
    return [Origin(*row) for row in rows]


def delivered(con: duckdb.DuckDBPyConnection, origin: Origin) -> str:
    """A delivered row as JSON, as it stands in raw: personal data."""
    table = origin.source.replace("/", "__")
    row = con.execute(
        f"select to_json(rows) from raw.{table} as rows where _file_id = ? and _line = ?",
        [origin.file_id, origin.line],
    ).fetchone()
    return str(row[0]) if row else ""
