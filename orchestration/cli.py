"""The command line: `passerelle run|check|init|sample|status|quarantine|trace|deliver|erase|…`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from orchestration import (
    commands,
    commands_backup,
    commands_check,
    commands_deliver,
    commands_e_rebond,
    commands_privacy,
)
from orchestration.progress import harmless
from orchestration.settings import Settings

CLOCK = "the run's clock, ISO 8601, UTC without zone; by default now"
DESCRIPTION = """\
Passerelle turns web tags, call records, surveys, social posts, CRM data and ad spend into
validated marts for BI.

Start with a sample world:
  passerelle sample --out landing       a landing zone of a made-up bank-insurer
  passerelle run --landing landing      load, build, validate, publish
  passerelle status                     what is loaded, published and failing

Bring your own data:
  passerelle init --landing landing     a commented _source.yml for each folder
  passerelle check --landing landing    what would become of each file, before anything is loaded
"""

EPILOG = """\
exit codes: 0 done, or nothing to do; 1 unexpected failure; 2 wrong usage; 3 completed, but files
were rejected or withdrawn; 4 publication blocked by failing checks; 75 the warehouse is busy.
Defaults: home .passerelle in the repository, landing zone <home>/landing. PASSERELLE_HOME,
PASSERELLE_LANDING and PASSERELLE_AS_OF say the same as the options.
"""

RUN_EPILOG = """\
examples:
  passerelle run                                   the main job on <home>/landing
  passerelle run --landing /data/in --home /data/passerelle
  passerelle run --job web_tags                    load one family, rebuild what depends on it
  passerelle run --job e_rebond                    from what has just landed to whom to call
  passerelle run --as-of 2026-10-31T22:00:00Z      with another clock
  passerelle run --full-refresh                    build incremental models from scratch

A run with the same files and the same as_of does nothing. Without --as-of the clock is
<landing>/as_of where that file exists, else now. Real data needs PASSERELLE_HMAC_KEY.
"""

QUARANTINE_EPILOG = """\
examples:
  passerelle quarantine list                       files with something in quarantine, and why
  passerelle quarantine show 0f3a91c2d4e5b678      its lines: field and reason
  passerelle quarantine show 0f3a91c2d4e5b678 --values   with their text (personal data)
  passerelle quarantine replay 0f3a91c2d4e5b678    load it again after a fix; then: passerelle run
  passerelle quarantine replay --all
"""


CHECK_EPILOG = """\
examples:
  passerelle check --landing /data/in
  passerelle check --landing /data/in --json | jq .files

Each file is read as a run would read it, into a warehouse that is thrown away: what would load,
what would be quarantined and why, columns that nothing takes, clocks that look wrong, and how much
of each source is found in the others. No key is needed; no value is shown.
exit codes: 0 every file would load; 3 a file would be rejected or withdrawn.
"""


TRACE_EPILOG = """\
examples:
  passerelle trace fct_calls 5f0c...                               its legs, wrap-ups, transcripts
  passerelle trace contact_centre_intervals 'loans|2026-10-05 09:00:00'
  passerelle trace fct_sessions 91ab... --values                   the events as delivered
"""


def parser() -> argparse.ArgumentParser:
    """The whole command line, with help that teaches."""
    top = _parser("passerelle", DESCRIPTION, EPILOG)
    top.add_argument("--debug", action="store_true", help="show tracebacks")
    subs = top.add_subparsers(dest="command", metavar="COMMAND", required=True)

    run = _sub(subs, "run", "load what is new, build, validate, publish", RUN_EPILOG)
    _places(run)
    run.add_argument("--as-of", metavar="TS", help=CLOCK)
    run.add_argument("--full-refresh", action="store_true", help="rebuild incremental models")
    run.add_argument(
        "--job",
        metavar="NAME",
        default="everything",
        help="everything (default), "
        "ingestion, tags_and_calls, daily_sources, e_rebond, or a family such as web_tags",
    )
    run.add_argument("--docs", action="store_true", help="also write the lineage pages (slower)")
    run.add_argument(
        "--sample-if-empty",
        action="store_true",
        help="write a sample world first where the landing zone is empty",
    )
    run.set_defaults(action=commands.run)

    check = _sub(
        subs,
        "check",
        "say what would become of a landing zone, and load nothing",
        CHECK_EPILOG,
    )
    check.add_argument("--landing", metavar="DIR", type=Path, help="the landing zone")
    check.add_argument("--json", action="store_true", help="for programs")
    check.set_defaults(action=commands_check.check)

    init = _sub(
        subs,
        "init",
        "write a commented _source.yml into each folder without one",
        "examples:\n  passerelle init --landing /data/in\n\nSettings that stand are left alone.\n",
    )
    init.add_argument("--landing", metavar="DIR", type=Path, help="the landing zone")
    init.set_defaults(action=commands_check.init)

    sample = _sub(
        subs,
        "sample",
        "write a sample landing zone",
        (
            "examples:\n  passerelle sample --out landing\n"
            "  passerelle sample --out big --customers 20000 --days 90 --seed 7\n\n"
            "The truth behind it is in DIR/truth, its clock in DIR/as_of.\n"
        ),
    )
    sample.add_argument("--out", metavar="DIR", required=True, help="where to; made if missing")
    sample.add_argument("--customers", type=_positive, metavar="N", help="how many customers")
    sample.add_argument("--days", type=_positive, metavar="D", help="how many days of events")
    sample.add_argument("--seed", type=int, metavar="S", help="another world for another seed")
    sample.add_argument("--ends-at", metavar="TS", help="the world's last moment, ISO 8601")
    sample.set_defaults(action=commands.sample)

    status = _sub(
        subs,
        "status",
        "what is loaded, published, stale and failing",
        ("examples:\n  passerelle status\n  passerelle status --json | jq .failing_checks\n"),
    )
    _places(status)
    status.add_argument("--json", action="store_true", help="for programs")
    status.set_defaults(action=commands.status)

    quarantine = _sub(
        subs, "quarantine", "rows and files that could not be loaded", QUARANTINE_EPILOG
    )
    ways = quarantine.add_subparsers(dest="way", metavar="list|show|replay", required=True)
    listing = _sub(ways, "list", "files with something in quarantine", "")
    _places(listing)
    listing.set_defaults(action=commands.quarantine_list)
    show = _sub(ways, "show", "the quarantined lines of a file", "")
    _places(show)
    show.add_argument("file_id", metavar="FILE_ID")
    show.add_argument("--values", action="store_true", help="with the text: personal data")
    show.add_argument("--limit", type=_positive, default=100, metavar="N", help="default 100")
    show.set_defaults(action=commands.quarantine_show)
    replay = _sub(ways, "replay", "load files again after a fix", "")
    _places(replay)
    which = replay.add_mutually_exclusive_group(required=True)
    which.add_argument("file_id", metavar="FILE_ID", nargs="?")
    which.add_argument("--all", action="store_true", help="all of the quarantine")
    replay.set_defaults(action=commands.quarantine_replay)

    trace = _sub(subs, "trace", "the files and lines behind a row of a mart", TRACE_EPILOG)
    _places(trace)
    trace.add_argument("mart", metavar="MART")
    trace.add_argument("key", metavar="ID", help="the row's key; parts are joined by |")
    trace.add_argument("--values", action="store_true", help="with the rows: personal data")
    trace.add_argument("--json", action="store_true", help="for programs")
    trace.set_defaults(action=commands_check.trace)

    _e_rebond(subs)
    _privacy(subs)
    _backup(subs)

    ui = _sub(subs, "ui", "Dagster's web UI, with the sensor and the schedules", "")
    _places(ui)
    ui.add_argument("--port", type=_positive, default=3000, metavar="N", help="default 3000")
    ui.set_defaults(action=commands.ui)
    return top


def _e_rebond(subs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    explain = _sub(
        subs, "explain", "why a lead is called, or why not", commands_e_rebond.EXPLAIN_EPILOG
    )
    _places(explain)
    explain.add_argument("lead_id", metavar="TARGET_OR_CANDIDATE")
    explain.set_defaults(action=commands_e_rebond.explain)

    what_if = _sub(
        subs,
        "what-if",
        "what other rules of calls would have changed",
        commands_e_rebond.WHAT_IF_EPILOG,
    )
    _places(what_if)
    what_if.add_argument("--rules", metavar="FILE", required=True, help="draft rows, CSV")
    what_if.add_argument("--json", action="store_true", help="for programs")
    what_if.set_defaults(action=commands_e_rebond.what_if)

    deliver = _sub(
        subs,
        "deliver",
        "write lead files for the contact centre, read its acknowledgements",
        commands_deliver.DELIVER_EPILOG,
    )
    _places(deliver)
    deliver.add_argument("--as-of", metavar="TS", help=CLOCK)
    deliver.set_defaults(action=commands_deliver.deliver)


def _backup(subs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    backup = _sub(subs, "backup", "a copy of the home in one file", commands_backup.BACKUP_EPILOG)
    _places(backup)
    backup.add_argument("to", metavar="DIR|FILE", type=Path, help="outside the home")
    backup.add_argument("--force", action="store_true", help="replace a file that stands there")
    backup.add_argument("--json", action="store_true", help="for programs")
    backup.set_defaults(action=commands_backup.backup)

    restore = _sub(
        subs, "restore", "bring a backup back into a home", commands_backup.RESTORE_EPILOG
    )
    _places(restore)
    restore.add_argument("file", metavar="FILE", type=Path)
    restore.add_argument("--force", action="store_true", help="replace what the home holds")
    restore.add_argument("--json", action="store_true", help="for programs")
    restore.set_defaults(action=commands_backup.restore)


def _privacy(subs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    erase = _sub(
        subs, "erase", "erase a person everywhere (right of erasure)", commands_privacy.ERASE_EPILOG
    )
    _places(erase)
    erase.add_argument("subject", metavar="KIND:VALUE")
    erase.add_argument("--as-of", metavar="TS", help=CLOCK)
    erase.set_defaults(action=commands_privacy.erase)

    purge = _sub(
        subs,
        "purge",
        "delete what is older than its rule of retention",
        commands_privacy.PURGE_EPILOG,
    )
    _places(purge)
    purge.add_argument("--as-of", metavar="TS", help=CLOCK)
    purge.add_argument("--dry-run", action="store_true", help="show the counts, delete nothing")
    purge.set_defaults(action=commands_privacy.purge)

    access = _sub(
        subs,
        "subject-access",
        "everything held on a person, as JSON",
        commands_privacy.ACCESS_EPILOG,
    )
    _places(access)
    access.add_argument("subject", metavar="KIND:VALUE")
    access.add_argument("--out", metavar="FILE", help="write it there, for the owner alone")
    access.set_defaults(action=commands_privacy.subject_access)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code. Errors are one line unless --debug is given."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    is_debug = "--debug" in given
    options = parser().parse_args([word for word in given if word != "--debug"])
    try:
        code: int = options.action(options)
        return code
    except KeyboardInterrupt:
        print("passerelle: interrupted; the next run goes on from here", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader (`| head`) has what it wanted.
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except Exception as error:
        if is_debug:
            raise
        place = Settings.load(home=getattr(options, "home", None), as_of=datetime.now(UTC))
        code, text = commands.explain(error, place.warehouse)
        print(f"passerelle: {harmless(text)}", file=sys.stderr)
        return code


def _parser(prog: str, description: str, epilog: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog=prog,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _sub(
    subs: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str, epilog: str
) -> argparse.ArgumentParser:
    return subs.add_parser(
        name,
        help=text,
        description=f"{text[0].upper()}{text[1:]}.",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _places(command: argparse.ArgumentParser) -> None:
    command.add_argument("--landing", metavar="DIR", type=Path, help="the landing zone")
    command.add_argument("--home", metavar="DIR", type=Path, help="warehouse, reports, published")


def _positive(text: str) -> int:
    value = int(text)
    if value <= 0:
        raise argparse.ArgumentTypeError("must be a whole number above 0")
    return value


if __name__ == "__main__":
    sys.exit(main())
