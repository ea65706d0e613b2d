"""The owner of a product, as every manufacturer's form is filled from it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec


class CustomerType(StrEnum):
    """Whether the owner is a person or a business."""

    CONSUMER = "consumer"
    BUSINESS = "business"


class Address(msgspec.Struct, frozen=True):
    """A postal address; `country` is ISO 3166-1 alpha-2."""

    lines: tuple[str, ...]
    city: str
    country: str
    region: str = ""
    postal_code: str = ""


class Customer(msgspec.Struct, frozen=True):
    """`email` RFC 5322 addr-spec, `phone` E.164 after validation; names in any script."""

    given_name: str
    family_name: str
    email: str
    type: CustomerType = CustomerType.CONSUMER
    phone: str = ""
    company: str = ""
    tax_id: str = ""
    address: Address | None = None
    user_ref: str = ""
    """The caller's own reference of its end user."""


class Consents(msgspec.Struct, frozen=True):
    """Separate switches; marketing and sharing default to off."""

    terms: bool = False
    data_storage: bool = False
    marketing_email: bool = False
    marketing_sms: bool = False
    share: bool = False
    text_version: str = ""
    given_at: datetime | None = None
