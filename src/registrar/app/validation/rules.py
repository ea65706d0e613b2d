"""One submission against the universal schema and the manufacturer's own rules."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from operator import attrgetter

from registrar.app.validation import contact, places, products
from registrar.app.validation.found import Found
from registrar.app.validation.text import cleaned, name
from registrar.domain.customer import Customer, CustomerType
from registrar.domain.errors import Violation
from registrar.domain.manufacturer import Manufacturer
from registrar.domain.purchase import Purchase
from registrar.domain.submission import Submission

EARLIEST = date(1970, 1, 1)
MOST_LABELS = 64
_LABEL = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}")
_MOST_PLACES = 4


def validated(
    submission: Submission, manufacturer: Manufacturer, today: date
) -> tuple[Submission, tuple[Violation, ...]]:
    """The submission normalised, and every violation. `today` is UTC's."""
    found = Found()
    purchase = _purchase(submission.purchase, today, found)
    made = Submission(
        customer=_customer(submission.customer, purchase.country, found),
        product=products.product(submission.product, manufacturer, found),
        purchase=purchase,
        consents=submission.consents,
        usage=submission.usage,
        locale=places.language(submission.locale, "locale", found),
        external_reference=cleaned(
            submission.external_reference, "external_reference", found, most=128
        ),
        labels=_labels(submission.labels, found),
    )
    if not submission.consents.terms:
        found.add("consents.terms", "required", "The manufacturer's terms need a consent.")
    _country_served(made, manufacturer, found)
    _required(made, manufacturer, found)
    _consented(made, manufacturer, found)
    return made, tuple(found)


def _customer(given: Customer, country: str, found: Found) -> Customer:
    address = given.address and places.address(given.address, "customer.address", found)
    known = address is not None and not found.has("customer.address.country")
    region = address.country if address and known else country
    company = cleaned(given.company, "customer.company", found)
    if given.type is CustomerType.BUSINESS and not company:
        found.add("customer.company", "required", "A business has a name.")
    return Customer(
        given_name=name(given.given_name, "customer.given_name", found),
        family_name=name(given.family_name, "customer.family_name", found),
        email=contact.email(given.email, "customer.email", found),
        type=given.type,
        phone=contact.phone(given.phone, "customer.phone", region, found),
        company=company,
        tax_id=cleaned(given.tax_id, "customer.tax_id", found, most=64),
        address=address,
        user_ref=cleaned(given.user_ref, "customer.user_ref", found, most=128),
    )


def _purchase(given: Purchase, today: date, found: Found) -> Purchase:
    # Where it is tomorrow already, people buy before UTC's midnight.
    if given.date > today + timedelta(days=1):
        found.add("purchase.date", "future", "Lies in the future.")
    elif given.date < EARLIEST:
        found.add("purchase.date", "range", "Lies before 1970.")
    if given.delivery_date is not None and given.delivery_date < given.date:
        found.add("purchase.delivery_date", "order", "Lies before the purchase.")
    _price(given.price, given.currency, found)
    return Purchase(
        date=given.date,
        country=places.country(given.country, "purchase.country", found),
        retailer=cleaned(given.retailer, "purchase.retailer", found),
        channel=given.channel,
        delivery_date=given.delivery_date,
        order_number=cleaned(given.order_number, "purchase.order_number", found, most=64),
        price=given.price,
        currency=places.currency(given.currency, "purchase.currency", found),
        proofs=given.proofs,  # whose they are is for the store to say
    )


def _price(price: Decimal | None, currency: str, found: Found) -> None:
    if price is None:
        return
    exponent = price.as_tuple().exponent
    if price < 0 or not isinstance(exponent, int) or -exponent > _MOST_PLACES:
        found.add("purchase.price", "range", "Zero or more, with at most 4 decimals.")
    if not currency.strip():
        found.add("purchase.currency", "required", "A price needs its currency.")


def _labels(given: dict[str, str], found: Found) -> dict[str, str]:
    if len(given) > MOST_LABELS:
        found.add("labels", "length", f"At most {MOST_LABELS} labels are possible.")
    for key in given:
        if not _LABEL.fullmatch(key):
            problem = "A key has 1 to 63 of a-z, 0-9, _, . and -, and begins with one of the first."
            found.add("labels", "key", problem)
    return {key: cleaned(value, f"labels[{key[:63]}]", found) for key, value in given.items()}


def _country_served(made: Submission, manufacturer: Manufacturer, found: Found) -> None:
    served = manufacturer.countries
    if served and made.purchase.country not in served and not found.has("purchase.country"):
        found.add("purchase.country", "not_served", "The manufacturer does not register here.")


def _required(made: Submission, manufacturer: Manufacturer, found: Found) -> None:
    for path, value_of in _readers(manufacturer.required_fields):
        if not _given(made, value_of) and not found.has(path):
            found.add(path, "required", "The manufacturer asks for it.")


@cache
def _readers(paths: tuple[str, ...]) -> tuple[tuple[str, Callable[[object], object]], ...]:
    return tuple((path, attrgetter(path)) for path in paths)


def _consented(made: Submission, manufacturer: Manufacturer, found: Found) -> None:
    for consent in manufacturer.privacy.mandatory_consents:
        if not getattr(made.consents, consent):
            problem = "The manufacturer registers nothing without this consent."
            found.add(f"consents.{consent}", "required", problem)


def _given(made: Submission, value_of: Callable[[object], object]) -> bool:
    """Something at the path, were it false; a blank, or nothing on the way to it, is nothing."""
    try:
        value = value_of(made)
    except AttributeError:
        return False
    return value not in _NOTHING


_NOTHING: tuple[object, ...] = (None, "", ())
