"""Everything personal about one registration: what is sealed at rest and sent to connectors."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec

from registrar.domain.customer import Consents, Customer
from registrar.domain.product import Product
from registrar.domain.purchase import Purchase


class Usage(StrEnum):
    """Household and commercial use carry different cover."""

    HOUSEHOLD = "household"
    COMMERCIAL = "commercial"


class Submission(msgspec.Struct, frozen=True):
    """The universal registration, validated and normalised."""

    customer: Customer
    product: Product
    purchase: Purchase
    consents: Consents = msgspec.field(default_factory=Consents)
    usage: Usage = Usage.HOUSEHOLD
    locale: str = ""
    external_reference: str = ""
    labels: dict[str, str] = msgspec.field(default_factory=dict)


ERASED = Submission(Customer("", "", ""), Product(""), Purchase(date.min, ""))
"""What is left where everything personal was destroyed."""
