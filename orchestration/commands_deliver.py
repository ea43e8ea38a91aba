"""`passerelle deliver`: lead files for the contact centre, and what it says of them."""

from __future__ import annotations

import argparse

from orchestration import pipeline
from orchestration.commands import UsageError, say
from orchestration.resources import hold_lock, with_landing_clock
from orchestration.settings import Settings

DELIVER_EPILOG = """\
examples:
  passerelle run --job e_rebond && passerelle deliver

Writes <home>/outbox/leads_<day>_<team>.csv with a manifest beside it, for the owner alone: the one
place with plain numbers. Each lead goes out once; one that may no longer be called is withdrawn by
a cancel line. Acknowledgements are read from <home>/outbox/ack/*.csv. Killed in the middle: run it
again. The format is docs/delivery.md.
exit codes: 2 no plan is published, or only an old one; 3 done, but leads had no number, or an
acknowledgement file made no sense.
"""


def deliver(options: argparse.Namespace) -> int:
    """`passerelle deliver`."""
    from orchestration.delivery.deliver import DeliveryError
    from orchestration.delivery.deliver import deliver as delivering

    settings = Settings.load(home=options.home, landing=options.landing, as_of=options.as_of)
    if not settings.warehouse.is_file():
        raise UsageError(f"there is no warehouse at {settings.home}; name yours with --home")
    settings = with_landing_clock(settings, is_given=bool(options.as_of))
    with hold_lock(settings.home, "deliver", 0.0):
        try:
            done = delivering(settings)
        except DeliveryError as error:
            raise UsageError(str(error)) from None
    leads, cancels = sum(done.leads.values()), sum(done.cancels.values())
    say(f"delivered  {leads:,} leads, {cancels:,} cancels")
    for name in done.written:
        added = f"{done.leads.get(name, 0)} leads, {done.cancels.get(name, 0)} cancels more"
        say(f"  written  {settings.outbox / name}: {added}")
    for name in done.removed:
        say(f"  removed  {name}: its day is past")
    if done.without_number:
        say(f"  left out  {done.without_number:,} leads without a number")
    told = done.acknowledged
    if told.taken or told.unknown or told.refused_files:
        say(f"  acknowledgements  {told.taken:,} read, {told.unknown:,} of leads never given")
    for text in told.refused_files:
        say(f"  not understood  ack/{text}")
    is_whole = not (done.without_number or told.refused_files)
    return pipeline.OK if is_whole else pipeline.INCOMPLETE
