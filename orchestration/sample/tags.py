"""Which tag records a visit, and what it calls the visit."""

from __future__ import annotations

import numpy as np

from .config import Bools, Ints
from .ids import Ids
from .journeys import BOT, Sessions
from .people import APP, BRAND, NEVER, People

SNOWPLOW, FLAT, SEGMENT, GA4 = range(4)


def tag_of(sessions: Sessions, people: People) -> Ints:
    """The tag of each visit, the same for all visits of a device.

    Snowplow on the site. In the app, Segment on every other device. On the brand's site, GA4 on
    three of four that don't refuse it, as consent mode keeps their ids from it; the flat tag has
    the rest of both.
    """
    devices = people.devices
    device = np.maximum(sessions.device, 0)
    kind = np.where(sessions.kind == BOT, -1, devices.kind[device])
    may = (devices.withdrawn_at[device] == NEVER) & (devices.granted[device] | (device % 11 == 0))
    tag = np.where(np.isin(kind, (APP, BRAND)), FLAT, SNOWPLOW)
    tag = np.where((kind == APP) & (device % 2 == 1), SEGMENT, tag)
    return np.where((kind == BRAND) & (device % 4 > 0) & may, GA4, tag).astype(np.int64)


def is_off_site(sessions: Sessions, people: People) -> Bools:
    """Visits of the app and the brand's site, which Snowplow doesn't record."""
    off: Bools = tag_of(sessions, people) != SNOWPLOW
    return off


class TrackerSessions:
    """Visits' sessions as their tags call them."""

    def __init__(self, sessions: Sessions, people: People, ids: Ids) -> None:
        self._sessions, self._ids = sessions, ids
        self._tags = tag_of(sessions, people)

    def __call__(self, number: int) -> str:
        """A visit's session: GA4 counts by visitor and second, Segment knows none."""
        tag = int(self._tags[number])
        if tag == SEGMENT:
            return ""
        if tag == GA4:
            at = int(self._sessions.at[number])
            return f"{self._ids.visitor(int(self._sessions.device[number]), at)}.{at}"
        return self._ids.session(number)
