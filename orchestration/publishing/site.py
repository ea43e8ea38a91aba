"""The pages for people: `<home>/reports/index.html` and the dictionary. No network, no script."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2
import markupsafe

from orchestration import status
from orchestration.dbt_runner import DbtError, DbtProject
from orchestration.ingestion.contract import Contract
from orchestration.settings import Settings
from orchestration.warehouse import connect

_CODE = re.compile(r"`([^`]+)`")
TEMPLATES = Path(__file__).resolve().parent / "templates"


def write(settings: Settings, contract: Contract, dbt: DbtProject | None = None) -> Path:
    """Write the pages from what the warehouse holds now; returns the index.

    The dictionary needs `dbt`; without it, or where the project doesn't parse, the last one stays.
    """
    settings.reports.mkdir(parents=True, exist_ok=True)
    dictionary = settings.reports / "dictionary.html"
    if dbt is not None:
        try:
            marts = dictionary_of(dbt.manifest())
        except DbtError:
            marts = []
        if marts:
            _write(dictionary, "dictionary.html.j2", marts=marts)
    _write_quality(settings)
    found = status.read_status(settings, contract)
    links = {
        "validation": _existing(settings.reports, "data_docs/index.html"),
        "dictionary": _existing(settings.reports, "dictionary.html"),
        "quality": _existing(settings.reports, "quality.html"),
        "lineage": _existing(settings.reports, "lineage.html"),
        "dashboards": _existing(settings.reports, "dashboards/index.html"),
    }
    index = settings.reports / "index.html"
    _write(
        index,
        "index.html.j2",
        status=found,
        links=links,
        verdict=verdict(found),
        database=settings.published / "bi.duckdb",
        parquet=settings.published / "parquet",
    )
    return index


def _write_quality(settings: Settings) -> None:
    """The page that holds the marts against the truth, where a sample landing zone has one."""
    page = settings.reports / "quality.html"
    measures = []
    truth = settings.landing / "truth"
    if settings.warehouse.is_file() and truth.is_dir():
        # It imports igraph: for sample worlds only.
        from orchestration import quality

        with closing(connect(settings.warehouse, read_only=True)) as con:
            measures = quality.measure(con, truth)
    if measures:
        _write(page, "quality.html.j2", measures=measures)
    else:
        page.unlink(missing_ok=True)


def verdict(found: status.Status) -> tuple[str, str]:
    """The state in a word and a sentence: good, warning, bad, failed, none."""
    critical = [c for c in found.failing_checks if c.is_blocking]
    if not found.runs:
        return "none", "Nothing has run yet."
    last = found.runs[0]
    if critical or last.status == "blocked":
        kept = "The marts published before stay in force." if found.publication else ""
        return "bad", f"{len(critical)} critical checks failed: publication is blocked. {kept}"
    if last.status in {"failed", "died"}:
        return "failed", "The latest run did not end well; the next one goes on from where it was."
    notes = []
    if stale := sum(s.is_stale for s in found.sources):
        notes.append(f"{stale} stale source{'s' if stale > 1 else ''}")
    if withdrawn := sum(s.files_withdrawn for s in found.sources):
        notes.append(f"{withdrawn} withdrawn file{'s' if withdrawn > 1 else ''}")
    if rejected := sum(s.files_rejected for s in found.sources):
        notes.append(f"{rejected} rejected file{'s' if rejected > 1 else ''}")
    if open_checks := sum(not c.is_waived and not c.is_settled for c in found.failing_checks):
        notes.append(f"{open_checks} warning{'s' if open_checks > 1 else ''}")
    what = "Every blocking check has passed."
    if notes:
        return "warning", f"{what} To look at: {', '.join(notes)}."
    return "good", what


def dictionary_of(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The marts with their columns, types and descriptions, by domain and name."""
    marts = []
    for node in manifest["nodes"].values():
        if node["resource_type"] != "model" or node["schema"] != "marts":
            continue
        first = (node.get("raw_code") or "").lstrip().splitlines()[:1]
        grain = first[0].removeprefix("--").strip() if first and first[0].startswith("--") else ""
        folder = node["fqn"][-2] if len(node["fqn"]) > 2 else ""
        marts.append(
            {
                "domain": folder.replace("_", " "),
                "name": node["name"],
                "grain": grain.removeprefix("grain:").strip(),
                "description": node.get("description") or "",
                "columns": list(node["columns"].values()),
            }
        )
    return sorted(marts, key=lambda mart: (mart["domain"], mart["name"]))


def _existing(reports: Path, name: str) -> str | None:
    return name if (reports / name).is_file() else None


def _write(path: Path, template: str, **values: Any) -> None:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"moment": _moment, "count": _count, "age": _age, "prose": _prose}
    text = environment.get_template(template).render(**values)
    # Whole or not at all: somebody may be looking.
    work = path.with_suffix(".part")
    work.write_text(text, encoding="utf-8")
    work.replace(path)


def _moment(value: datetime | str | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, str):
        value = datetime.fromisoformat(value.removesuffix("Z"))
    return f"{value:%Y-%m-%d %H:%M} UTC"


def _count(value: float) -> str:
    # A narrow no-break space between thousands, as ISO 31-0 has it.
    return f"{value:,}".replace(",", "\u202f")


def _prose(text: str) -> markupsafe.Markup:
    """A description with its `code` as such."""
    return markupsafe.Markup(_CODE.sub(r"<code>\1</code>", str(markupsafe.escape(text))))


def _age(hours: float | None) -> str:
    if hours is None:
        return "–"
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} d"
