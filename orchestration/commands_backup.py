"""`passerelle backup` and `passerelle restore`."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration import backup as backups
from orchestration import pipeline
from orchestration.commands import UsageError, say
from orchestration.resources import hold_lock
from orchestration.settings import Settings

BACKUP_EPILOG = """\
examples:
  passerelle backup /backups                     /backups/passerelle-<moment>.tar
  passerelle backup /backups/before-upgrade.tar

Warehouse, publication in force, lead files, list of erased people, certificates: one consistent
file for the owner alone, with personal values. Not in it: the landing zone, the key
(PASSERELLE_HMAC_KEY; its fingerprint is), caches, reports.
exit codes: 1 no warehouse, a damaged one, or no room; 2 the file exists, or lies in the home;
75 a run is in progress.
"""
RESTORE_EPILOG = """\
examples:
  passerelle restore /backups/before-upgrade.tar --home /data/passerelle
  passerelle restore /backups/before-upgrade.tar --home /data/passerelle --force

Everything is compared with its SHA-256 before the home is touched. Then: passerelle run
--full-refresh, which loads what has landed since. Erasures since then stay in force.
exit codes: 1 the file isn't a whole backup, or no room; 2 the home isn't empty (--force replaces
what it holds), or the key is another one; 75 a run is in progress.
"""


def backup(options: argparse.Namespace) -> int:
    """`passerelle backup`."""
    settings = Settings.load(home=options.home, landing=options.landing)
    file: Path = options.to.expanduser().absolute()
    if file.is_dir():
        file = file / f"passerelle-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar"
    if file.resolve().is_relative_to(settings.home.resolve()):
        raise UsageError(f"{file} lies in the home; a backup belongs on another disk")
    if file.exists() and not options.force:
        raise UsageError(f"{file} exists; name another file, or replace it with --force")
    if not settings.home.is_dir():
        raise backups.BackupError(f"there is no home at {settings.home}; name it with --home")
    with hold_lock(settings.home, "backup", 0.0):
        about = backups.write_backup(settings, file)
    _tell(options, {"file": str(file), "home": str(settings.home)}, about, "backup written")
    return pipeline.OK


def restore(options: argparse.Namespace) -> int:
    """`passerelle restore`."""
    settings = Settings.load(home=options.home, landing=options.landing)
    file: Path = options.file.expanduser().absolute()
    if not file.is_file():
        raise UsageError(f"there is no file {file}")
    about = backups.read_about(file)
    is_checked = backups.check_key(settings, about)
    with hold_lock(settings.home, "restore", 0.0):
        held = [p.name for p in (settings.warehouse, settings.published) if p.exists()]
        if held and not options.force:
            raise UsageError(
                f"{settings.home} holds {' and '.join(held)}; --force replaces what it holds"
            )
        about = backups.restore_backup(settings, file)
    told = {"file": str(file), "home": str(settings.home), "is_key_checked": is_checked}
    _tell(options, told, about, "restored")
    if not options.json:
        if about.key_fingerprint and not is_checked:
            say("  the key wasn't compared: PASSERELLE_HMAC_KEY isn't set")
        say("  next: passerelle run --full-refresh")
    return pipeline.OK


def _tell(
    options: argparse.Namespace, places: dict[str, Any], about: backups.About, what: str
) -> None:
    if options.json:
        told = {name: value for name, value in vars(about).items() if name != "files"}
        say(json.dumps({**places, **told, "files": len(about.files), "bytes": about.size}))
        return
    say(f"{what}  {places['file']}")
    say(f"  home       {places['home']}")
    say(f"  made at    {about.made_at} by Passerelle {about.passerelle}")
    say(f"  last run   as of {about.last_run_as_of or '-'}")
    say(f"  published  {about.published or 'nothing yet'}")
    say(f"  files      {len(about.files):,}, {about.size / 1e6:,.1f} MB")
