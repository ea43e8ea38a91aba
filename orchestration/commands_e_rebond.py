"""`passerelle explain` and `what-if`: why a lead is called or not, what other rules would do."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from orchestration import pipeline
from orchestration.commands import UsageError, say, table_lines
from orchestration.settings import Settings

EXPLAIN_EPILOG = """\
examples:
  passerelle explain 5f0c…                         a target of e_rebond_targets
  passerelle explain 91ab… > lead.txt              or a candidate of e_rebond_candidates

Why this person, why now, every rule with its verdict and what it rests on: ids and codes only, from
what was published last.
"""

WHAT_IF_EPILOG = """\
examples:
  cp seeds/contact_rules.csv draft.csv             change a few rows, leave out the others
  passerelle what-if --rules draft.csv
  passerelle what-if --rules draft.csv --json | jq .changes

Judges every sign of the last 30 days at the moment when it was new, under the rules in force and
with the draft's rows in place of those of the same rule_id (others are added; end a rule by its
valid_to). Works on a copy of the warehouse: needs its size on the disk, writes nothing else.
"""


def explain(options: argparse.Namespace) -> int:
    """`passerelle explain`."""
    from orchestration.publishing import explain as explaining

    settings = Settings.load(home=options.home, landing=options.landing)
    try:
        say(explaining.explain(settings.published / "bi.duckdb", options.lead_id))
    except explaining.ExplainError as error:
        raise UsageError(str(error)) from error
    return pipeline.OK


def what_if(options: argparse.Namespace) -> int:
    """`passerelle what-if`."""
    from orchestration.what_if import replay

    settings = Settings.load(home=options.home, landing=options.landing)
    try:
        found = replay.what_if(settings, Path(options.rules))
    except replay.WhatIfError as error:
        raise UsageError(str(error)) from error
    if options.json:
        say(json.dumps(found.as_dict(), indent=2))
        return pipeline.OK
    say(f"{found.candidates:,} signs of the last {found.days} days")
    now, draft = found.lawful_hours
    say(f"lawful hours  now {now:,.1f}  draft {draft:,.1f}")
    for title, counts in (("verdict", found.reasons), ("rule that excludes", found.rules)):
        rows = [[name, f"{a:,}", f"{b:,}", f"{b - a:+,}"] for name, (a, b) in counts.items()]
        say("")
        say("\n".join(table_lines([title, "now", "draft", "change"], rows)))
    changes = [[a, b, f"{count:,}"] for (a, b), count in found.changes.items()]
    say("")
    say("\n".join(table_lines(["from", "to", "signs"], changes)) if changes else "nothing changes")
    return pipeline.OK
