"""Which products the simulated manufacturers know: seeded ones, and any of a right shape.

What is true of one that nobody seeded follows from its serial number alone: its dates and country
from all of it, its troubles from its last three digits (`ENDINGS`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from hashlib import blake2b
from typing import Any

from registrar.sandbox.ledger import Ledger, normalized

ENDINGS: Mapping[str, Mapping[str, Any]] = {
    "990": {"known": False},
    "991": {"ambiguous": True},
    "992": {"owner": "another"},
    "993": {"registered": True},
    "994": {"stuck": True},
    "995": {"broken": True},
    "996": {"channel": "marketplace"},
    "997": {"channel": "retail"},
}
CHANNELS = ("direct", "retail", "marketplace")
COUNTRIES = ("US", "DE", "FR", "GB", "PL", "JP")
FIRST_SHIPPED = date(2023, 1, 1)
SHIPPING_DAYS = 1200
KIND = "device"


class NoDevice(ValueError):
    """Not a device; the message begins with the field that is wrong."""


@dataclass(frozen=True, slots=True)
class Device:
    """One product as its manufacturer knows it.

    `ambiguous`: its serial number was used twice. `owner`: another's, whom it belongs to.
    `registered`: by a customer, on `purchased` if that is known (ISO). `stuck`: work on it never
    ends; `broken`: it ends in an error. `shipped` is an ISO date.
    """

    manufacturer: str
    serial_number: str
    known: bool = True
    ambiguous: bool = False
    owner: str = ""
    channel: str = "direct"
    registered: bool = False
    purchased: str = ""
    stuck: bool = False
    broken: bool = False
    shipped: str = ""
    country: str = ""
    model: str = ""
    product_number: str = ""

    @property
    def shipped_on(self) -> date:
        """When it left the factory."""
        return date.fromisoformat(self.shipped)

    def plus_years(self, years: int) -> date:
        """The last day of a cover that began when it was shipped."""
        return self.shipped_on + timedelta(days=365 * years)

    @classmethod
    def read(cls, given: object) -> Device:
        """From JSON; NoDevice names the field that is wrong."""
        if not isinstance(given, dict):
            raise NoDevice("devices: each is an object")
        kinds = {one.name: bool if one.type == "bool" else str for one in fields(cls)}
        for name, value in given.items():
            if name not in kinds:
                raise NoDevice(f"{name}: a device has no such field")
            if not isinstance(value, kinds[name]):
                raise NoDevice(f"{name}: {kinds[name].__name__} is needed")
        for name in ("manufacturer", "serial_number"):
            if not given.get(name):
                raise NoDevice(f"{name}: is needed")
        _check(given)
        return derived(**given)


def _check(given: Mapping[str, Any]) -> None:
    if given.get("channel", "direct") not in CHANNELS:
        raise NoDevice(f"channel: one of {', '.join(CHANNELS)} is needed")
    for name in ("shipped", "purchased"):
        try:
            date.fromisoformat(given.get(name) or "2026-01-01")
        except ValueError:
            raise NoDevice(f"{name}: a date (YYYY-MM-DD) is needed") from None


def derived(manufacturer: str, serial_number: str, **given: Any) -> Device:  # noqa: ANN401 - any fact of a device
    """What is true of a product; what is `given` goes before what its serial number says."""
    serial = normalized(serial_number)
    digest = blake2b(f"{manufacturer}/{serial}".encode(), digest_size=8).digest()
    number = int.from_bytes(digest, "big")
    facts: dict[str, Any] = {
        "shipped": (FIRST_SHIPPED + timedelta(days=number % SHIPPING_DAYS)).isoformat(),
        "country": COUNTRIES[number % len(COUNTRIES)],
    }
    facts |= {} if given else ENDINGS.get(serial[-3:], {})
    return Device(manufacturer, serial, **facts | given)


@dataclass(frozen=True, slots=True)
class Devices:
    """Those of a ledger's file; a seed outlives the process where the file does."""

    ledger: Ledger

    def seed(self, devices: list[Any]) -> list[Device]:
        """All, or none where one is wrong: NoDevice."""
        made = [Device.read(one) for one in devices]
        for one in made:
            self.ledger.keep(
                KIND, f"{one.manufacturer}/{one.serial_number}", json.dumps(asdict(one))
            )
        return made

    def seeded(self, manufacturer: str = "") -> list[Device]:
        """In the order of their serial numbers."""
        found = (Device(**json.loads(text)) for text in self.ledger.all_kept(KIND))
        return [one for one in found if manufacturer in {"", one.manufacturer}]

    def of(self, manufacturer: str, serial_number: str) -> Device:
        """The seeded one, or the one that the serial number describes."""
        serial = normalized(serial_number)
        text = self.ledger.kept(KIND, f"{manufacturer}/{serial}")
        return Device(**json.loads(text)) if text else derived(manufacturer, serial)

    def forget(self) -> None:
        """Every seed."""
        self.ledger.forget(KIND)
