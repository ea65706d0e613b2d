"""The product and its identifiers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identifier:
    """A further identifier: `kind` such as imei, gtin, service_tag."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Product:
    """What was bought. Serial numbers keep their case."""

    serial_number: str
    model_number: str = ""
    product_number: str = ""
    name: str = ""
    category: str = ""
    identifiers: tuple[Identifier, ...] = ()
