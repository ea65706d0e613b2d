"""Whatever the record, its request can be written down."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.connectors.kit import universal
from registrar.connectors.kit.catalogue import ConnectorSettings, FileCatalogue
from registrar.connectors.kit.connector import HttpConnector
from registrar.connectors.kit.http import Request
from registrar.connectors.kit.manifest import Operation
from registrar.connectors.kit.mapping import Unmappable
from registrar.domain.customer import Address, Consents, Customer
from registrar.domain.outcome import Tier
from registrar.domain.product import Product
from registrar.domain.purchase import Purchase
from registrar.domain.submission import Submission
from registrar.ports.connector import Job

SECRETS = {
    name: name
    for name in (
        "acme.api_key",
        "samsung.client_id",
        "samsung.client_secret",
        "samsung.reseller_id",
        "samsung.customer_id",
    )
}
CATALOGUE = FileCatalogue(
    ConnectorSettings({"acme": "https://a.example", "samsung": "https://s.example"}, SECRETS)
)
words = st.text(max_size=45)
submissions = st.builds(
    Submission,
    customer=st.builds(
        Customer,
        given_name=words,
        family_name=words,
        email=words,
        phone=words,
        address=st.none()
        | st.builds(Address, lines=st.tuples(words), city=words, country=words, region=words),
    ),
    product=st.from_type(Product),
    purchase=st.builds(
        Purchase,
        date=st.dates(),
        country=words,
        delivery_date=st.none() | st.dates(),
        price=st.none() | st.decimals(),
    ),
    consents=st.builds(
        Consents,
        terms=st.booleans(),
        given_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    ),
    labels=st.dictionaries(words, words, max_size=2),
)


def connector(manufacturer: str) -> HttpConnector:
    """Of the API."""
    found = CATALOGUE.connector(manufacturer, Tier.API)
    assert isinstance(found, HttpConnector)
    return found


def answered(made: HttpConnector, operation: Operation, job: Job) -> tuple[Request | None, str]:
    """The request, or the field that does not fit."""
    try:
        return made.prepare(operation, job), ""
    except Unmappable as error:
        return None, error.field


@given(st.sampled_from(["acme", "samsung"]), submissions, words)
def test_any_record_gives_a_request_or_is_refused_at_once(
    manufacturer: str, submission: Submission, key: str
) -> None:
    """Of both calls; the address keeps its host, and no header gets a second line."""
    made = connector(manufacturer)
    job = Job("reg_1", key, "Acme", submission)
    for operation in (made.tier.submit, made.tier.verify):
        request, refused = answered(made, operation, job)
        if request is None:
            assert universal.canonical(refused)
            continue
        assert json.loads(json.dumps(request.json)) == request.json
        assert request.url.startswith(made.exchange.base_url + operation.path.split("{")[0])
        assert "?" not in request.url
        assert all(value.isprintable() for value in request.headers.values())


def full() -> Submission:
    """Everything there is."""
    return Submission(
        Customer("Ada", "Łoś", "ada@example.com", address=Address(("1 Way",), "Berlin", "DE")),
        Product("AC26XY000001", "AC-WM-1000"),
        Purchase(date(2026, 10, 1), "DE", price=Decimal("9.90"), currency="EUR"),
        Consents(terms=True, given_at=datetime(2026, 10, 1, tzinfo=UTC)),
    )


def test_the_partner_request_is_as_its_contract_says() -> None:
    """What is empty is left out; a consent that was not given is said."""
    request = connector("acme").prepare(
        connector("acme").tier.submit, Job("reg_1", "reg_1", "Nova", full())
    )
    expected: dict[str, Any] = {
        "brand": "Nova",
        "product": {"serial_number": "AC26XY000001", "model_number": "AC-WM-1000"},
        "purchase": {"date": "2026-10-01", "country": "DE", "channel": "retail"},
        "owner": {
            "given_name": "Ada",
            "family_name": "Łoś",
            "email": "ada@example.com",
            "address": {"lines": ["1 Way"], "city": "Berlin", "country": "DE"},
        },
        "consents": {"terms": True, "marketing_email": False},
    }
    assert request.json == expected
    assert request.headers == {"Idempotency-Key": "reg_1"}


@pytest.mark.parametrize("manufacturer", ["acme", "samsung"])
def test_a_request_does_not_show_what_it_carries(manufacturer: str) -> None:
    """A line in a log that prints one gives nobody away."""
    made = connector(manufacturer)
    for operation in (made.tier.submit, made.tier.verify):
        shown = repr(made.prepare(operation, Job("r", "r", "Acme", full())))
        assert not any(one in shown for one in [*SECRETS, "ada@", "AC26", "Łoś"])
