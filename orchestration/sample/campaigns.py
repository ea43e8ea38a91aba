"""Campaigns by channel and product, the brand's searches and the promotional week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .config import (
    AFFILIATES,
    CHANNELS,
    DISPLAY,
    EMAIL,
    PAID_SEARCH,
    PAID_SOCIAL,
    PRODUCTS,
    SMS,
    Ints,
    WorldConfig,
)


@dataclass(frozen=True)
class Campaign:
    """A campaign: product -1 is all products."""

    code: str
    name: str
    channel: int
    product: int
    is_peak: bool = False


def _campaigns() -> tuple[Campaign, ...]:
    out = [
        Campaign("", "", -1, -1),
        Campaign("marque", "Recherche marque", PAID_SEARCH, -1),
        Campaign("semaine_auto", "La semaine de l'auto", -1, 0, True),
    ]
    for channel, prefix in (
        (PAID_SEARCH, "search"),
        (PAID_SOCIAL, "social"),
        (DISPLAY, "display"),
        (EMAIL, "lettre"),
        (AFFILIATES, "comparateur"),
        (SMS, "sms"),
    ):
        for number, product in enumerate(PRODUCTS):
            name = f"{CHANNELS[channel].name} {product.name}"
            out.append(Campaign(f"{prefix}_{product.slug}", name, channel, number))
    return tuple(out)


CAMPAIGNS = _campaigns()
_INDEX = {c.code: i for i, c in enumerate(CAMPAIGNS)}
_BY_CHANNEL = np.zeros((len(CHANNELS), len(PRODUCTS)), dtype=np.int64)
for _number, _campaign in enumerate(CAMPAIGNS):
    if _campaign.channel >= 0 and _campaign.product >= 0:
        _BY_CHANNEL[_campaign.channel, _campaign.product] = _number


def campaign_index(code: str) -> int:
    """Place of a campaign in CAMPAIGNS."""
    return _INDEX[code]


def campaign_of(cfg: WorldConfig, channel: Ints, product: Ints, at: Ints) -> Ints:
    """Campaign of each touch: by channel and product; one paid search in three is the brand's."""
    out = _BY_CHANNEL[channel, np.broadcast_to(product, channel.shape)]
    out = np.where((channel == PAID_SEARCH) & (at % 3 == 0), campaign_index("marque"), out)
    low, high = cfg.peak
    peak = (at >= low) & (at < high) & np.isin(channel, (DISPLAY, PAID_SOCIAL, EMAIL))
    return np.where(peak & (product == 0), campaign_index("semaine_auto"), out)
