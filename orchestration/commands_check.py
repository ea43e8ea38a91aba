"""`passerelle check`, `init` and `trace`: a landing zone before it is loaded, and the way back."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import asdict

from orchestration import pipeline
from orchestration.commands import UsageError, read_only, say, table_lines
from orchestration.ingestion.contract import load_contract
from orchestration.ingestion.dry_run import Check, FileCheck
from orchestration.progress import to_stderr
from orchestration.settings import Settings

#: From this share on a join rate is what one may expect of a source.
GOOD_SHARE = 0.2


def check(options: argparse.Namespace) -> int:
    """`passerelle check`."""
    from orchestration.ingestion import dry_run

    settings = _settings(options)
    progress = to_stderr()
    progress.step("read the landing zone")
    found = dry_run.check(settings, progress=lambda file: progress.step(f"read {file.path}"))
    progress.done(f"{len(found.files)} files read")
    if options.json:
        say(json.dumps(found.as_dict(), default=str, indent=2))
    else:
        say("\n".join(_lines(found)))
    return pipeline.OK if found.is_clean else pipeline.INCOMPLETE


def init(options: argparse.Namespace) -> int:
    """`passerelle init`."""
    from orchestration.ingestion.source_file import write_source_files

    settings = _settings(options)
    written = write_source_files(settings.landing, load_contract(settings.project_dir))
    for path in written:
        say(f"written  {path}")
    if not written:
        say("every folder with files has its _source.yml")
    say(f"next: edit them, then passerelle check --landing {settings.landing}")
    return pipeline.OK


def trace(options: argparse.Namespace) -> int:
    """`passerelle trace`."""
    from orchestration import trace as tracing

    con = read_only(options)
    if con is None:
        raise UsageError("nothing has been loaded yet")
    with con:
        try:
            origins = tracing.trace(con, options.mart, options.key)
        except tracing.TraceError as error:
            raise UsageError(str(error)) from error
        values = [tracing.delivered(con, origin) for origin in origins] if options.values else []
    if options.json:
        rows = [asdict(origin) for origin in origins]
        for row, value in zip(rows, values, strict=False):
            row["delivered"] = json.loads(value)
        say(json.dumps(rows, default=str, indent=2))
        return pipeline.OK
    head = ["role", "source", "file", "line", "loaded"] + (["delivered"] if values else [])
    cells = [
        [o.role, o.source, o.path, str(o.line), f"{o.loaded_at:%Y-%m-%d %H:%M}"]
        + ([values[number]] if values else [])
        for number, o in enumerate(origins)
    ]
    say("\n".join(table_lines(head, cells)))
    return pipeline.OK


def _settings(options: argparse.Namespace) -> Settings:
    settings = Settings.load(landing=options.landing)
    if not settings.landing.is_dir():
        raise UsageError(f"no landing zone at {settings.landing}; name yours with --landing")
    return settings


def _lines(found: Check) -> Iterable[str]:
    if not found.files:
        yield "no file in a folder <family>/<format>"
        return
    rows = [
        [file.path, file.status, f"{file.rows:,}", f"{file.quarantined_share:.1%}"]
        for file in found.files
    ]
    yield from table_lines(["file", "would be", "rows", "quarantined"], rows)
    if notes := list(_notes(found.files)):
        yield from ["", "what to look at", *notes]
    if found.clocks:
        yield from ["", "clocks"]
        yield from table_lines(
            ["source", "times without zone are", "first (UTC)", "last (UTC)", "at night"],
            [
                [
                    clock.source,
                    clock.time_zone,
                    f"{clock.first:%Y-%m-%d %H:%M}",
                    f"{clock.last:%Y-%m-%d %H:%M}",
                    f"{clock.night_share:.1%}",
                ]
                for clock in found.clocks
            ],
        )
        yield from (f"  {c.source}: {c.suspicion}" for c in found.clocks if c.suspicion)
    if found.joins:
        yield from ["", "join rates (distinct values found where such ids are at home)"]
        yield from table_lines(
            ["source", "column", "kind", "in", "values", "found"],
            [
                [
                    join.source,
                    join.column,
                    join.kind,
                    join.home,
                    f"{join.values:,}",
                    _share(join.share),
                ]
                for join in found.joins
            ],
        )
    yield ""
    refused = sum(file.status in {"rejected", "withdrawn"} for file in found.files)
    yield (
        f"{refused} of {len(found.files)} files would be refused"
        if refused
        else "every file would load; next: passerelle run"
    )


def _share(share: float) -> str:
    return f"{share:.1%}" + ("" if share >= GOOD_SHARE else "  low")


def _notes(files: Iterable[FileCheck]) -> Iterable[str]:
    """What is odd: refused files one by one, faults of rows and unknown columns by folder."""
    faults: dict[tuple[str, str], list[tuple[int, str]]] = {}
    unmapped: dict[str, set[str]] = {}
    for file in files:
        folder = "/".join(file.path.split("/")[:2])
        if file.reason:
            yield f"  {file.path}: {file.reason}"
        if file.likely_format:
            yield f"  {file.path}: looks like {file.likely_format}"
        for fault in file.faults:
            told = f"{fault.field}: {fault.reason}" if fault.field else fault.reason
            place = f"{file.path}, line {fault.first_line}"
            faults.setdefault((folder, told), []).append((fault.rows, place))
        if file.unmapped:
            unmapped.setdefault(folder, set()).update(file.unmapped)
    for (folder, told), found in sorted(faults.items()):
        rows = sum(count for count, _ in found)
        yield f"  {folder}: {rows:,} rows in {len(found)} files: {told} (first: {found[0][1]})"
    for folder, names in sorted(unmapped.items()):
        yield f"  {folder}: no column takes {', '.join(sorted(names))} (kept aside)"
