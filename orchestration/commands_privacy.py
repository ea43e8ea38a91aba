"""`passerelle erase`, `purge` and `subject-access`: rights of people and duties of time."""

from __future__ import annotations

import argparse
from pathlib import Path

from orchestration import pipeline
from orchestration.commands import UsageError, say, table_lines
from orchestration.privacy.certificate import Certificate, folder
from orchestration.resources import hold_lock, with_landing_clock
from orchestration.settings import Settings

ERASE_EPILOG = """\
examples:
  passerelle erase customer_id:C0012345
  passerelle erase email:- < address.txt           the value from standard input
  passerelle erase phone:+33612345678 --landing /data/in

kinds: customer_id, email, phone, visitor_id, login_id, social_handle. Every identifier that CRM
and the person graph give the person is erased with it, in the warehouse, the landing zone and all
that was published; later deliveries don't bring it back. A certificate without values is written
to <home>/reports/erasures. Killed in the middle: run it again. Then: passerelle run
exit codes: 2 nothing is held under it, or it is several people's; 3 done, but files were withheld
or left (they are listed).
"""

PURGE_EPILOG = """\
examples:
  passerelle purge --dry-run                       what the rules of retention would delete
  passerelle purge
  passerelle purge --as-of 2026-10-31T22:00:00Z

The rules stand in seeds/retention_rules.csv. Then: passerelle run
"""

ACCESS_EPILOG = """\
examples:
  passerelle subject-access customer_id:C0012345 --out person.json
  passerelle subject-access email:- < address.txt

Everything held on a person, as JSON: personal data, in plain.
"""


def erase(options: argparse.Namespace) -> int:
    """`passerelle erase`."""
    from orchestration.privacy import erase as erasing
    from orchestration.privacy.subject import SubjectError

    settings = _settings(options)
    with hold_lock(settings.home, "erase", 0.0):
        try:
            certificate = erasing.erase(settings, options.subject)
        except (SubjectError, erasing.NobodyError) as error:
            raise UsageError(str(error)) from None
    return _tell(settings, certificate)


def _tell(settings: Settings, certificate: Certificate) -> int:
    say(f"erased  {certificate.rows:,} rows of raw, {len(certificate.rewritten):,} files rewritten")
    found = ", ".join(f"{count} {kind}" for kind, count in certificate.identifiers.items())
    say(f"  identifiers  {found}")
    places = [[f"  {place}", f"{n:,}"] for place, n in sorted(certificate.removed.items())]
    if places:
        say("\n".join(table_lines(["  place", "removed"], places)))
    for path, reason in sorted(certificate.withheld.items()):
        say(f"  withheld  {path}: {reason}")
    for path, reason in sorted(certificate.left.items()):
        say(f"  left  {path}: {reason}")
    say(f"  certificate  {folder(settings) / f'{certificate.erasure_id}.json'}")
    say("next: passerelle run")
    return pipeline.INCOMPLETE if certificate.withheld or certificate.left else pipeline.OK


def _settings(options: argparse.Namespace) -> Settings:
    as_of = getattr(options, "as_of", None)
    settings = Settings.load(home=options.home, landing=options.landing, as_of=as_of)
    if not settings.warehouse.is_file():
        raise UsageError(f"there is no warehouse at {settings.home}; name yours with --home")
    return with_landing_clock(settings, is_given=bool(as_of))


def purge(options: argparse.Namespace) -> int:
    """`passerelle purge`."""
    from orchestration.privacy import retention

    settings = _settings(options)
    with hold_lock(settings.home, "purge", 0.0):
        result = retention.purge(settings, is_dry=options.dry_run)
    rows = [
        [rule.rule_id, rule.regulation, rule.table_name, f"{count:,}"]
        for rule, count in result.counts
    ]
    say("\n".join(table_lines(["rule", "of", "table", "rows"], rows)))
    if options.dry_run:
        say("nothing was deleted; without --dry-run it is")
        return pipeline.OK
    for path, reason in sorted(result.withheld.items()):
        say(f"  withheld  {path}: {reason}")
    say(f"  files rewritten  {len(result.rewritten):,}")
    say(f"  certificate  {result.path}")
    say("next: passerelle run")
    return pipeline.INCOMPLETE if result.withheld else pipeline.OK


def subject_access(options: argparse.Namespace) -> int:
    """`passerelle subject-access`."""
    from orchestration.privacy import access
    from orchestration.privacy.certificate import write_json
    from orchestration.privacy.subject import SubjectError

    settings = _settings(options)
    with hold_lock(settings.home, "subject-access", 0.0):
        try:
            held = access.held_on(settings, options.subject)
        except (SubjectError, access.NobodyError) as error:
            raise UsageError(str(error)) from None
    if options.out is None:
        say(access.as_json(held))
    else:
        out = Path(options.out).expanduser().absolute()
        write_json(out, held)
        say(f"written  {out}")
    return pipeline.OK
