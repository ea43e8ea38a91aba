"""Readers of a sample world, plain on purpose: the standard library only."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orchestration.sample import SampleSummary


@dataclass(frozen=True)
class World:
    out: Path
    summary: SampleSummary
    seconds: float


def rows_of(folder: Path) -> Iterator[dict[str, str]]:
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


def snowplow(out: Path) -> Iterator[tuple[str, list[str]]]:
    for path in sorted((out / "web_tags" / "snowplow").glob("*.tsv.gz")):
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
            for line in file:
                yield path.name[7:17], line.rstrip("\n").split("\t")


def master(out: Path) -> list[list[str]]:
    path = out / "call_records" / "asterisk" / "Master.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))
