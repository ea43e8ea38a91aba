"""From a row of a mart back to the files and lines that it comes from.

How each mart's rows hang on staging is SQL in `traces/<mart>.sql`: `$1` is the row's key, the
result is `role, source, row_id`, where row_id is `<file_id>:<line>`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

TRACES = Path(__file__).parent / "traces"
#: A trace's first line names what its parameters are.
PARAMETER = re.compile(r"\$\d: (\w+)")
#: Marts that come from no delivered row, and from what instead.
WITHOUT_ROWS = {
    "dim_date": "a calendar, made from the seed of public holidays",
    "publication_info": "the run's own record: see audit.runs and audit.files",
    "data_quality_results": "the checks' own record: see audit.check_results",
    **dict.fromkeys(
        (
            "dim_person",
            "bridge_person_identifier",
            "person_id_history",
            "identity_edges_cut",
            "identity_review_pairs",
            "fct_person_links",
            "dim_tribe",
            "bridge_tribe_person",
            "tribe_monthly",
        ),
        "made of the whole graph: `passerelle subject-access` gives the rows of a person",
    ),
    "fct_interactions": "every source in one form: trace its session_id in fct_sessions or its "
    "call_id in fct_calls; other sources carry their keys in the CRM",
    "e_rebond_candidates": "`passerelle explain` gives the signs and facts behind a candidate",
    "e_rebond_proofs": "`passerelle explain` prints it; its evidence are the sources' own keys",
    "fct_funnel_progress": "steps of several sessions: trace its last_session_id in fct_sessions",
    **dict.fromkeys(
        (
            "tag_plan_conformity",
            "web_to_call",
            "self_service_failures",
            "adviser_screen_pop",
            "journey_paths",
            "conversion_modes",
            "experiment_results",
            "product_sheet_conflicts",
            "e_rebond_performance",
            "e_rebond_scenarios",
            "contact_centre_forecast",
            "contact_centre_forecast_errors",
            "contact_centre_staffing",
        ),
        "a summary of many rows: trace sessions, calls and interactions",
    ),
    **dict.fromkeys(
        (
            "fct_conversions",
            "fct_attributed_conversions",
            "attribution_paths",
            "attribution_channel_weights",
            "attribution_by_channel",
            "unattributed_conversions",
            "sales_role_matrix",
            "digital_contribution",
            "spend_audit",
        ),
        "weighed from all sales and touches: trace sessions and calls; sales carry their CRM keys",
    ),
    **dict.fromkeys(
        ("fct_call_web_links", "voice_cookie_performance", "number_pool_sizing"),
        "weighed from all calls and leases: trace the call in fct_calls, the visit in fct_sessions",
    ),
    **dict.fromkeys(
        (
            "customer_360",
            "customer_360_history",
            "audiences",
            "audience_members",
            "audience_activations",
            "dmp_profiles",
            "knowledge_scorecard",
            "source_register",
            "journey_reasons",
        ),
        "made of all that is known: `passerelle subject-access` gives the rows of a person",
    ),
    "fct_interaction_values": "a share of a sale: trace the interaction, and the sale in the CRM",
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
    return sorted(path.stem for path in TRACES.glob("*.sql"))


def trace(con: duckdb.DuckDBPyConnection, mart: str, key: str) -> list[Origin]:
    """The delivered rows behind one row of a mart; parts of a key are joined by `|`.

    Raises TraceError for a mart or a key that isn't there. A `|` within a key's first part is kept.
    """
    if mart in WITHOUT_ROWS:
        raise TraceError(f"{mart} is {WITHOUT_ROWS[mart]}")
    path = TRACES / f"{mart}.sql"
    if not path.is_file():
        raise TraceError(f"no mart {mart!r}; one of {', '.join(marts())}")
    origins = path.read_text(encoding="utf-8")
    names = PARAMETER.findall(origins.partition("\n")[0])
    parts = key.rsplit("|", len(names) - 1)
    told = f"the key of {mart} is {'|'.join(names)}"
    if len(parts) != len(names):
        raise TraceError(f"{key!r} is no key of {mart}: {told}")
    try:
        found = _origins(con, origins, parts)
    except duckdb.ConversionException as error:
        raise TraceError(
            f"{key!r} is no key of {mart}: {told}, times as 2026-10-31 22:00"
        ) from error
    if not found:
        raise TraceError(f"{mart} has no row {key!r}, or nothing delivered stands behind it")
    return [Origin(*row) for row in found]


def _origins(
    con: duckdb.DuckDBPyConnection, origins: str, key: list[str]
) -> list[tuple[str, str, str, int, str, datetime]]:
    return con.execute(
        "with origins as (\n" + origins + ")\n"
        "select distinct origins.role, origins.source, files.path, "
        "cast(split_part(origins.row_id, ':', 2) as bigint) as line, files.file_id, "
        "files.loaded_at from origins inner join audit.files as files "
        "on split_part(origins.row_id, ':', 1) = files.file_id "
        "order by files.path, line, origins.role",
        key,
    ).fetchall()


def delivered(con: duckdb.DuckDBPyConnection, origin: Origin) -> str:
    """A delivered row as JSON, as it stands in raw: personal data."""
    table = origin.source.replace("/", "__")
    row = con.execute(
        f"select to_json(rows) from raw.{table} as rows where _file_id = ? and _line = ?",
        [origin.file_id, origin.line],
    ).fetchone()
    return str(row[0]) if row else ""
