"""What a suite may read from dbt's YAML: the contract of a source, the columns of a model.

The contract states these once; a raw suite refers to them (`{contract.columns}`) instead of
repeating them, so that the two can't disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

# The C parser, where PyYAML has it: a hundred files in a tenth of a second instead of two.
YAML_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MODELS_DIR = Path(__file__).resolve().parent.parent / "models"

# What the loader adds to every raw table; settings of the folder (`_<setting>`) come beside them
# where the contract names them.
BOOKKEEPING_COLUMNS: dict[str, str] = {
    "_extra": "json",
    "_exported_at": "timestamp",
    "_delivery": "varchar",
    "_file_id": "varchar",
    "_line": "bigint",
    "_load_id": "integer",
}


@dataclass(frozen=True)
class SourceTable:
    """One table of the contract: column name to DuckDB type, and what its meta says."""

    family: str
    format: str
    columns: dict[str, str]
    required: tuple[str, ...]
    personal: tuple[str, ...]
    values: dict[str, tuple[str, ...]]
    key: tuple[str, ...]
    event_time: str | None
    owner: str

    @property
    def identifier(self) -> str:
        """Name of the table in schema `raw`."""
        return f"{self.family}__{self.format}"


@dataclass(frozen=True)
class ModelTable:
    """Columns that a model's YAML documents, to their type where it states one."""

    name: str
    columns: dict[str, str | None]


def _config_meta(node: dict[str, Any]) -> dict[str, Any]:
    return dict((node.get("config") or {}).get("meta") or {})


@lru_cache(maxsize=8)
def load_contract(models_dir: Path = MODELS_DIR) -> dict[str, SourceTable]:
    """Reads every `_sources.yml` below `models_dir`; returns raw table name to its contract."""
    tables: dict[str, SourceTable] = {}
    for path in sorted(models_dir.glob("staging/*/_sources.yml")):
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=YAML_LOADER) or {}
        for source in document.get("sources", []):
            if source.get("schema") != "raw":
                continue
            for node in source["tables"]:
                table = _source_table(str(source["name"]), node)
                tables[table.identifier] = table
    return tables


def _source_table(family: str, node: dict[str, Any]) -> SourceTable:
    meta = _config_meta(node)
    columns = {str(c["name"]): str(c.get("data_type", "varchar")) for c in node["columns"]}
    column_meta = {str(c["name"]): _config_meta(c) for c in node["columns"]}
    return SourceTable(
        family=family,
        format=str(node["name"]),
        columns=columns,
        required=tuple(name for name, m in column_meta.items() if m.get("required")),
        personal=tuple(name for name, m in column_meta.items() if m.get("pii", "none") != "none"),
        values={name: tuple(m["values"]) for name, m in column_meta.items() if m.get("values")},
        key=tuple(meta.get("key", ())),
        event_time=meta.get("event_time"),
        owner=str(meta.get("owner", "")),
    )


@lru_cache(maxsize=8)
def load_models(models_dir: Path = MODELS_DIR) -> dict[str, ModelTable]:
    """Reads the models' YAML below `models_dir`; returns model name to its documented columns."""
    models: dict[str, ModelTable] = {}
    for path in sorted(models_dir.rglob("*.yml")):
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=YAML_LOADER) or {}
        for node in document.get("models") or []:
            columns = {str(c["name"]): c.get("data_type") for c in node.get("columns") or []}
            models[str(node["name"])] = ModelTable(str(node["name"]), columns)
    return models
