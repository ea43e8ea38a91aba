"""What the laws need to know of the dbt project, read from its manifest."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Model:
    """One model: `path` from the repository root, `key` the columns of its primary-key test."""

    name: str
    path: str
    raw_sql: str = ""
    compiled_sql: str = ""
    description: str = ""
    depends_on: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    is_contract_enforced: bool = False
    schema: str = ""
    is_view: bool = False
    columns: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def is_python(self) -> bool:
        """Written in Python; the laws of SQL can't be asked of it."""
        return self.path.endswith(".py")

    @property
    def layer(self) -> str:
        """staging, intermediate or marts."""
        return self.path.split("/")[1]

    @property
    def domain(self) -> str:
        """The folder below the layer: a family in staging, else a domain."""
        return self.path.split("/")[2]


@dataclass(frozen=True)
class Project:
    """The models by unique id."""

    models: dict[str, Model]

    def parents(self, model: Model) -> list[Model]:
        """The models that a model reads."""
        return [self.models[parent] for parent in model.depends_on if parent in self.models]


def project_from_manifest(path: Path) -> Project:
    """Read a manifest whose models are compiled."""
    nodes = json.loads(path.read_text(encoding="utf-8"))["nodes"]
    keys: dict[str, tuple[str, ...]] = {}
    for node in nodes.values():
        if (
            node["resource_type"] == "test"
            and (node.get("test_metadata") or {}).get("name") == "key"
        ):
            columns = node["test_metadata"]["kwargs"]["columns"]
            keys[node["attached_node"]] = tuple(column.strip('"') for column in columns)
    return Project(
        {
            unique_id: Model(
                name=node["name"],
                path=node["original_file_path"],
                raw_sql=node["raw_code"],
                compiled_sql=node.get("compiled_code") or "",
                description=node["description"],
                depends_on=tuple(node["depends_on"]["nodes"]),
                key=keys.get(unique_id, ()),
                is_contract_enforced=node["contract"]["enforced"],
                schema=node["schema"],
                is_view=node["config"]["materialized"] == "view",
                columns=node["columns"],
            )
            for unique_id, node in nodes.items()
            if node["resource_type"] == "model"
        }
    )
