"""The product and its identifiers."""

from __future__ import annotations

import msgspec


class Identifier(msgspec.Struct, frozen=True):
    """A further identifier: `kind` such as imei, gtin, service_tag."""

    kind: str
    value: str


class Product(msgspec.Struct, frozen=True):
    """What was bought. Serial numbers keep their case."""

    serial_number: str
    model_number: str = ""
    product_number: str = ""
    name: str = ""
    category: str = ""
    identifiers: tuple[Identifier, ...] = ()
