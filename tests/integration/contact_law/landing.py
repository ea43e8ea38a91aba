"""Five months of a sample world in few files: what loading costs is files, not rows."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from orchestration.sample import write_sample

#: What the e_rebond models read; any subset of sources builds.
KEPT = ("crm/*", "web_tags/snowplow", "call_records/flat", "call_records/number_leases",
        "call_records/wrap_ups", "social/reviews")  # fmt: skip
DAILY = ("crm/contacts", *KEPT[1:])


def write_landing(landing: Path, first: datetime, last: datetime, customers: int) -> None:
    """A sample world from `first` to `last`, each day's files of a folder joined."""
    days = (last - first).days + 1
    write_sample(landing, customers=customers, days=days, ends_at=last + timedelta(days=1))
    kept = {folder for pattern in KEPT for folder in landing.glob(pattern)}
    for folder in landing.glob("*/*"):
        if folder.is_dir() and folder not in kept:
            shutil.rmtree(folder)
    for name in DAILY:
        join(landing / name)


def join(folder: Path) -> None:
    """One file of all: CSV under its header once, gzip members one after the other."""
    files = sorted(path for path in folder.iterdir() if path.name != "_source.yml")
    whole = files[0]
    with whole.open("ab") as out:
        for path in files[1:]:
            text = path.read_bytes()
            out.write(text if path.suffix == ".gz" else text.split(b"\n", 1)[1])
            path.unlink()
