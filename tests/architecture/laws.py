"""The laws of the house: each function returns what breaks it, one sentence a violation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import sqlglot
from plain_values import shown
from project import Model, Project
from sqlglot import exp

#: A domain reads its own models and those of a lower rank.
DOMAIN_RANKS = {
    "canonical": 0,
    "shared": 0,
    "identity": 1,
    "journeys": 2,
    "attribution": 3,
    "e_rebond": 3,
    "voice_of_customer": 3,
    "contact_centre": 3,
    "customer_360": 4,
}
LAYER_PREFIXES = {"staging": "stg", "intermediate": "int"}
FILES_RECORD = ".audit.files"
GRAIN = re.compile(r"(?:-- |\"\"\")grain: one row per \S+")
#: What a Python model may import: columns, and pure functions of ours.
MODEL_IMPORTS = frozenset({"__future__", "orchestration", "pyarrow"})
UNIQUE_NAME = re.compile(r"(^|_)(id|key|line)$")
ENGINE_SWITCH = re.compile(r"\btarget\s*\.\s*(type|name)\b|\badapter\s*\.\s*(dispatch|type)\b")
#: Spelled otherwise, or missing, on the second engine (docs/architecture.md).
DUCKDB_ONLY = re.compile(
    r"\barg_(?:max|min)\s*\(|\blist\s*\(|\*\s*exclude\b|\basof\s+(?:left\s+)?join\b|\bunnest\s*\("
    r"|\bregexp_matches\s*\(|->>?|\busing\s+key\b",
    re.IGNORECASE,
)
MACHINE_CLOCK = re.compile(
    r"\b(?:now|today|getdate|get_current_timestamp|current_localtimestamp)\s*\(\s*\)"
    r"|\bcurrent_(?:date|time|timestamp)\b",
    re.IGNORECASE,
)
TABLE_READ = re.compile(
    r"\b(?:from|join|into|update)\s+\"?(?:staging|intermediate|marts)\"?\.", re.IGNORECASE
)


def plain_sql(text: str) -> str:
    """A model's text without comments; of Jinja, only what its string literals say."""
    text = re.sub(r"\{#.*?#\}", " ", text, flags=re.DOTALL)
    text = re.sub(
        r"\{[{%](.*?)[%}]\}",
        lambda block: " ".join(_strings(block[1])),
        text,
        flags=re.DOTALL,
    )
    return re.sub(r"--[^\n]*", " ", text)


def _strings(jinja: str) -> list[str]:
    return [double or single for double, single in re.findall(r"\"([^\"]*)\"|'([^']*)'", jinja)]


def parsed(sql: str) -> exp.Expression:
    """Compiled SQL as a tree."""
    return sqlglot.parse_one(sql, read="duckdb")


def sources_read_outside_staging(project: Project) -> list[str]:
    return [
        f"{model.path} reads {parent}"
        for model in project.models.values()
        for parent in model.depends_on
        if parent.startswith("source.") and model.layer != "staging"
    ]


def staging_that_combines(project: Project) -> list[str]:
    """A staging model reads one source, no other model, and joins nothing; seeds hold its codes.

    Beside a raw table it may ask the loader's record of files which of them are in force.
    """
    found = []
    for model in project.models.values():
        if model.layer != "staging":
            continue
        sources = {parent for parent in model.depends_on if parent.startswith("source.")}
        delivered = {source for source in sources if not source.endswith(FILES_RECORD)}
        if len(delivered or sources) != 1:
            found.append(f"{model.path} reads {len(sources)} sources")
        found += [f"{model.path} reads {parent.path}" for parent in project.parents(model)]
        if not model.is_python and parsed(model.compiled_sql).find(exp.Join):
            found.append(f"{model.path} joins")
    return found


def staging_read_past_canonical(project: Project) -> list[str]:
    return [
        f"{model.path} reads {parent.path}"
        for model in project.models.values()
        for parent in project.parents(model)
        if parent.layer == "staging"
        and (model.layer, model.domain) != ("intermediate", "canonical")
    ]


def domains_out_of_order(project: Project) -> list[str]:
    found = []
    for model in project.models.values():
        if model.layer == "staging":
            continue
        rank = DOMAIN_RANKS.get(model.domain)
        if rank is None:
            found.append(f"{model.path} lies in an unknown domain")
            continue
        for parent in project.parents(model):
            if parent.layer == "staging" or parent.domain == model.domain:
                continue
            if DOMAIN_RANKS.get(parent.domain, rank) >= max(rank, 1):
                found.append(f"{model.path} reads {parent.path} of a later or parallel domain")
    return found


def python_out_of_place(project: Project) -> list[str]:
    """Python stands in intermediate only: staging is renaming, and marts have dbt's contract."""
    return [
        f"{model.path} is Python"
        for model in project.models.values()
        if model.is_python and model.layer != "intermediate"
    ]


def python_model_reach(path: str, text: str) -> list[str]:
    """A Python model passes its refs to a pure function: no other import, no SQL, no clock."""
    tree = ast.parse(text)
    found = [f"{path} imports {name}" for name in sorted(imports_of(text) - MODEL_IMPORTS)]
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.ImportFrom)
            and (node.module or "").split(".")[0] == "orchestration"
        ):
            if not f"{node.module}.".startswith("orchestration.algorithms."):
                found.append(f"{path} imports {node.module}")
        elif isinstance(node, ast.Import):
            found += [
                f"{path} imports {alias.name}"
                for alias in node.names
                if alias.name.split(".")[0] == "orchestration"
            ]
        elif isinstance(node, ast.Name) and node.id == "session":
            found.append(f"{path}, line {node.lineno}: uses the session, not a ref")
    return found


def names_shown_outside_restricted(
    project: Project, classes: Mapping[str, Mapping[str, str]]
) -> list[str]:
    """A model that shows values that name people stands in `restricted`, and is a view.

    `classes` gives the classes of each raw table's columns. What a Python model makes of such
    values can't be read from its text: its own test looks for them in its table.
    """
    found, known = [], {name: dict(columns) for name, columns in classes.items()}
    for model in _parents_first(project):
        is_reader = any(parent.schema == "restricted" for parent in project.parents(model))
        if model.is_python or not (is_reader or model.layer == "staging"):
            continue
        values = shown(parsed(model.compiled_sql), known)
        if model.schema == "restricted":
            known[model.name] = values
            if not model.is_view:
                found.append(f"{model.path} keeps a copy of what names people")
        else:
            found += [f"{model.path} shows {name}: {kind}" for name, kind in values.items()]
    return found


def _parents_first(project: Project) -> list[Model]:
    order: dict[str, Model] = {}

    def visit(unique_id: str) -> None:
        model = project.models.get(unique_id)
        if model is None or unique_id in order:
            return
        for parent in model.depends_on:
            visit(parent)
        order[unique_id] = model

    for unique_id in project.models:
        visit(unique_id)
    return list(order.values())


def badly_named(project: Project) -> list[str]:
    """stg_<family>__<entity>, int_<domain>__<step>; a mart has a name without layer."""
    found = []
    for model in project.models.values():
        prefix = LAYER_PREFIXES.get(model.layer)
        is_good = (
            model.name.startswith(f"{prefix}_{model.domain}__")
            if prefix
            else "__" not in model.name and not model.name.startswith(("stg_", "int_"))
        )
        if not is_good or Path(model.path).stem != model.name:
            found.append(f"{model.path} holds {model.name}")
    return found


def undocumented(project: Project) -> list[str]:
    """Description, grain on line one, primary-key test; a mart's columns have type and meaning."""
    found = []
    for model in project.models.values():
        first_line = model.raw_sql.lstrip("\n").split("\n", 1)[0]
        if not model.description.strip():
            found.append(f"{model.path} has no description")
        if not GRAIN.match(first_line):
            found.append(f"{model.path} doesn't state its grain on line one")
        if not model.key:
            found.append(f"{model.path} has no primary-key test")
        if model.layer == "marts":
            if not model.is_contract_enforced:
                found.append(f"{model.path} has no enforced contract")
            found += [
                f"{model.path}: column {name} lacks a type or a description"
                for name, column in model.columns.items()
                if not column.get("data_type") or not column.get("description", "").strip()
            ]
    return found


def unsettled_orderings(model: Model) -> list[str]:
    """Windows whose order leaves ties: it must end in a unique key, or cover the model's key."""
    found: list[str] = []
    if model.is_python:
        return found
    for window in parsed(model.compiled_sql).find_all(exp.Window):
        order = window.args.get("order")
        if order is None:
            if isinstance(window.this, (exp.RowNumber, exp.Rank, exp.DenseRank, exp.Lag, exp.Lead)):
                found.append(f"{model.path}: {window.sql(dialect='duckdb')} has no order")
            continue
        terms = [term.this for term in order.expressions]
        last = terms[-1]
        partition = window.args.get("partition_by") or []
        names = {
            column.name for part in (*partition, *terms) for column in part.find_all(exp.Column)
        }
        ends_in_key = isinstance(last, exp.Column) and UNIQUE_NAME.search(last.name)
        covers_key = bool(model.key) and names >= set(model.key)
        if not ends_in_key and not covers_key:
            found.append(f"{model.path}: {order.sql(dialect='duckdb').strip()} leaves ties")
    return found


def engine_switches(path: str, text: str) -> list[str]:
    if path.startswith("macros/engine/"):
        return []
    return [f"{path}: {match[0]}" for match in ENGINE_SWITCH.finditer(text)]


def one_engine_only(path: str, text: str) -> list[str]:
    if path.startswith("macros/engine/"):
        return []
    return [f"{path}: {match[0]}" for match in DUCKDB_ONLY.finditer(plain_sql(text))]


def reads_the_clock(path: str, text: str) -> list[str]:
    return [f"{path}: {match[0]}" for match in MACHINE_CLOCK.finditer(plain_sql(text))]


def too_long(path: str, text: str, limit: int) -> list[str]:
    lines = text.count("\n")
    return [f"{path} has {lines} lines, {limit} is the limit"] if lines >= limit else []


def imports_of(text: str) -> set[str]:
    """Top-level names of every package that a Python file imports, wherever it does."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def imports_forbidden(path: str, text: str, forbidden: Iterable[str]) -> list[str]:
    return [f"{path} imports {name}" for name in sorted(imports_of(text) & set(forbidden))]


def business_sql(path: str, text: str) -> list[str]:
    """Python that reads or writes the layers which dbt builds; publishing copies marts whole."""
    return [
        f"{path}, line {node.lineno}: {match[0].strip()}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for match in TABLE_READ.finditer(node.value)
    ]
