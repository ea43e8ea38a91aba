"""How well groups match known circles. Circles overlap and don't cover everybody."""

from __future__ import annotations

import csv
from collections.abc import Collection
from pathlib import Path

Group = frozenset[str]


def f1(one: Group, other: Group) -> float:
    """Harmonic mean of the precision and the recall of one group for the other."""
    return 2 * len(one & other) / (len(one) + len(other))


def one_minus_ber(circle: Group, found: Group, everybody: int) -> float:
    """One minus the balanced error rate (McAuley and Leskovec 2012).

    The error rate is the mean of the share of the circle that isn't found and the share of the
    others that is.
    """
    others = everybody - len(circle)
    missed = len(circle - found) / len(circle)
    wrong = len(found - circle) / others if others else 0.0
    return 1 - (missed + wrong) / 2


def best_match(
    circles: Collection[Group], groups: Collection[Group], everybody: int
) -> tuple[float, float]:
    """Mean F1 and 1-BER of each circle with its best group, and each group with its best circle.

    The mean of both directions (Yang and Leskovec 2013): neither one big group nor many tiny
    ones score well.
    """
    means = []
    for likeness in (f1, lambda circle, group: one_minus_ber(circle, group, everybody)):
        there = [max(likeness(circle, group) for group in groups) for circle in circles]
        back = [max(likeness(circle, group) for circle in circles) for group in groups]
        means.append((sum(there) / len(there) + sum(back) / len(back)) / 2)
    return means[0], means[1]


def rows_of(folder: Path) -> list[dict[str, str]]:
    """Rows of all CSV files of a folder, or of one file."""
    paths = [folder] if folder.is_file() else sorted(folder.glob("*.csv"))
    rows: list[dict[str, str]] = []
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            rows += csv.DictReader(file)
    return rows
