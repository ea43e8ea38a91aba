"""How right the warehouse is, where the truth is known: a sample landing zone carries it.

The truth is read from the landing zone's `truth` folder for this report alone; nothing of it is
kept, and no model sees it. Each SQL file beside this one lays true and found labels side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from orchestration.algorithms.communities import normalised_mutual_information

FOLDER = Path(__file__).parent
TRUTH = ("identifiers", "circles")
Label = str | None


@dataclass(frozen=True)
class Measure:
    """One figure: `value` from 0 to 1, `aim` what it should reach, `count` what it rests on."""

    area: str
    name: str
    value: float
    aim: float | None
    count: int


def measure(con: duckdb.DuckDBPyConnection, truth: Path) -> list[Measure]:
    """Figures for a built warehouse. Empty where there is no truth, or no person graph yet."""
    if not all((truth / f"{name}.csv").is_file() for name in TRUTH) or not _is_built(con):
        return []
    for name in TRUTH:
        con.execute(
            f"create or replace temp table truth_{name} as "
            "from read_csv(?, header = true, all_varchar = true)",
            [str(truth / f"{name}.csv")],
        )
    return [*_persons(con), *_families(con), *_tribes(con)]


def _is_built(con: duckdb.DuckDBPyConnection) -> bool:
    names = {name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()}
    return {"int_identity__members", "int_identity__link_persons", "dim_tribe"} <= names


def _persons(con: duckdb.DuckDBPyConnection) -> list[Measure]:
    rows = con.execute((FOLDER / "persons.sql").read_text(encoding="utf-8")).fetchall()
    known = [row for row in rows if row[3] is not None]
    precision, recall = pairwise([row[2] for row in rows], [row[3] for row in rows])
    area = "Persons"
    return [
        Measure(
            area, "identifiers that have a person", _share(len(known), len(rows)), None, len(rows)
        ),
        Measure(area, "precision of pairs of identifiers", precision, None, len(rows)),
        Measure(area, "recall of pairs of identifiers", recall, None, len(rows)),
        Measure(area, "F1 of pairs of identifiers", f1(precision, recall), 0.98, len(rows)),
    ]


def _families(con: duckdb.DuckDBPyConnection) -> list[Measure]:
    rows = con.execute((FOLDER / "families.sql").read_text(encoding="utf-8")).fetchall()
    found = sum(row[3] for row in rows)
    precision = _share(sum(row[2] and row[3] for row in rows), found)
    measures = [Measure("Families", "precision of pairs of relatives", precision, None, found)]
    for text, aim, true in (
        ("F1 of pairs of whom the CRM says something", 0.95, [r for r in rows if r[2] and r[4]]),
        ("F1 of all pairs, also those who leave no trace", None, [r for r in rows if r[2]]),
    ):
        recall = _share(sum(row[3] for row in true), len(true))
        measures.append(Measure("Families", text, f1(precision, recall), aim, len(true)))
    return measures


def _tribes(con: duckdb.DuckDBPyConnection) -> list[Measure]:
    rows = con.execute((FOLDER / "circles.sql").read_text(encoding="utf-8")).fetchall()
    found = []
    for kind in ("family", "friend", "interest"):
        both = [row for row in rows if row[0] == kind and row[3] is not None]
        if both:
            true, made = (_numbers([row[place] for row in both]) for place in (2, 3))
            text = f"normalised mutual information, {kind}"
            value = normalised_mutual_information(true, made)
            found.append(Measure("Tribes", text, value, None, len(both)))
    return found


def pairwise(true: Sequence[Label], found: Sequence[Label]) -> tuple[float, float]:
    """Precision and recall of the pairs that share a label; None shares with nobody.

    1 where there is no pair to find, or none was found.
    """
    if not true:
        return 1.0, 1.0
    one, other = _numbers(true), _numbers(found)
    width = int(other.max()) + 1
    right, expected, made = (_pairs(labels) for labels in (one * width + other, one, other))
    return _share(right, made), _share(right, expected)


def f1(precision: float, recall: float) -> float:
    """Harmonic mean."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _numbers(labels: Sequence[Label]) -> np.ndarray:
    """Each label's number, from 0; every None is a label of its own."""
    texts = [f"none {row}" if label is None else f"= {label}" for row, label in enumerate(labels)]
    return np.unique(np.array(texts), return_inverse=True)[1].astype(np.int64)


def _pairs(labels: np.ndarray) -> int:
    sizes = np.unique(labels, return_counts=True)[1].astype(np.int64)
    return int((sizes * (sizes - 1) // 2).sum())


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0
