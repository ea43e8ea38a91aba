"""Readers of a sample world, plain on purpose."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

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


def json_rows(folder: Path) -> Iterator[dict[str, Any]]:
    """Rows of gzipped JSON lines; the broken ones are left out."""
    for path in sorted(folder.glob("*.json.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                if line.endswith("}\n"):
                    try:
                        yield json.loads(line)
                    except ValueError:
                        continue


def ga4(out: Path) -> Iterator[dict[str, Any]]:
    """GA4's rows with their parameters beside them, of JSON lines and Parquet alike."""
    folder = out / "web_tags" / "ga4"
    rows = list(json_rows(folder))
    for path in folder.glob("*.parquet"):
        with duckdb.connect() as con:
            found = con.execute("select to_json(r) from read_parquet(?) as r", [str(path)])
            rows += [json.loads(text) for (text,) in found.fetchall()]
    for row in rows:
        parameters = {
            entry["key"]: value
            for entry in row["event_params"]
            for value in entry["value"].values()
            if value is not None
        }
        yield {**row, **parameters}


def json_lines(folder: Path) -> Iterator[dict[str, Any]]:
    """Objects of JSON lines; lines that are cut off are left out."""
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                if line.endswith("}\n"):
                    yield json.loads(line)


def twilio(out: Path) -> Iterator[dict[str, Any]]:
    """Legs of all files under Twilio's names."""
    folder = out / "call_records" / "twilio"
    yield from json_lines(folder)
    for row in rows_of(folder):
        yield row | {"sid": row["id"], "parent_call_sid": row["parent_call_id"] or None}


def genesys(out: Path) -> Iterator[dict[str, Any]]:
    """Conversations of all pages."""
    for path in sorted((out / "call_records" / "genesys").glob("*.json.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            yield from json.load(file)["conversations"]
