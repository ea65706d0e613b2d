"""How the product was bought."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum

import msgspec


class PurchaseChannel(StrEnum):
    """Some manufacturers route on this."""

    DIRECT = "direct"
    RETAIL = "retail"
    MARKETPLACE = "marketplace"
    USED = "used"
    GIFT = "gift"
    REFURBISHED = "refurbished"


class Purchase(msgspec.Struct, frozen=True):
    """`date` is a calendar date, `country` ISO 3166-1 alpha-2, `currency` ISO 4217."""

    date: dt.date
    country: str
    retailer: str = ""
    channel: PurchaseChannel = PurchaseChannel.RETAIL
    delivery_date: dt.date | None = None
    order_number: str = ""
    price: Decimal | None = None
    currency: str = ""
    proofs: tuple[str, ...] = ()
    """Ids of uploaded proofs of purchase."""
