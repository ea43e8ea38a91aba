"""A sample world: a French bank-insurer whose people act for reasons that are written down.

Persons live in households, have friends and interests, own devices and share tablets, landlines
and now and then a mailbox. They feel needs. A need has a threshold; what feeds it adds up: the
need itself, a circle that has already bought, every marketing touch by its channel's true size,
an adviser on the phone, an outbound call after an abandoned quote. The sale happens when the sum
reaches the threshold, on the web or on the phone. Because the threshold is known, so is what
would have happened without a channel or with a call.

Beside the needs there are requests for service (help pages that suffice or fail, calls, repeated
calls, breakdowns at night), visits to the customer's account, visits for nothing, robots. Web
visitors are lent phone numbers from pools; they call at once, later, or from a note when the
number is already another visitor's.

`write_sample` writes all of it as the sources would deliver it, faults included: events
delivered twice, client clocks ahead, lost cookies, withheld and oddly written numbers, rows that
break their type, unknown columns, files delivered again under another name.

The truth files name causes that are no marketing channel in brackets: (need), (circle),
(adviser), (outbound call). `channel_effects` counts sales that would not have happened in the
same world without the cause, those that such a sale stirred in a circle included. `consented` in
`identifiers` says for visitor ids whether linking them is allowed at the end of the world;
identifiers that CRM holds need no such consent.
"""

from .world import SampleSummary, write_sample

__all__ = ["SampleSummary", "write_sample"]
