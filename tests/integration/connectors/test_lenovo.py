"""Lenovo: a person registers, and the look-up tells it."""

from collections.abc import AsyncIterator
from datetime import date

import aiohttp
import pytest

from registrar.connectors.kit.catalogue import ConnectorSettings, FileCatalogue
from registrar.domain.customer import Customer
from registrar.domain.outcome import Code, Tier, Verdict
from registrar.domain.product import Product
from registrar.domain.purchase import Purchase
from registrar.domain.submission import Submission
from registrar.ports.connector import Connector, Job
from registrar.sandbox import Sandbox

JOB = Job(
    "reg_1",
    "reg_1",
    "Lenovo",
    Submission(
        Customer("Ada", "King", "ada@example.com"),
        Product("PF5A3H8"),
        Purchase(date(2026, 10, 1), "DE"),
    ),
)


@pytest.fixture
async def lenovo(sandbox: tuple[Sandbox, str]) -> AsyncIterator[Connector]:
    """Its manual tier, with the look-up before the sandbox."""
    urls = {"lenovo.lookup": f"{sandbox[1]}/lenovo/support"}
    catalogue = FileCatalogue(ConnectorSettings(urls, {"lenovo.client_id": "sandbox-lenovo"}))
    found = catalogue.connector("lenovo", Tier.MANUAL)
    assert found is not None
    yield found
    await catalogue.close()


async def _registered_by_hand(address: str) -> None:
    act = {"manufacturer": "lenovo", "serial_number": "PF5A3H8", "owner": "ada@example.com"}
    async with (
        aiohttp.ClientSession() as session,
        session.put(f"{address}/_sandbox/registrations", json=act) as reply,
    ):
        assert reply.status < 300


async def test_what_a_person_has_registered_is_found(
    sandbox: tuple[Sandbox, str], lenovo: Connector
) -> None:
    """Before it a person is asked; after it nobody is asked again."""
    asked = await lenovo.submit(JOB)
    before = await lenovo.verify(JOB)
    await _registered_by_hand(sandbox[1])
    after = await lenovo.verify(JOB)
    again = await lenovo.submit(JOB)
    assert (asked.code, before.verdict) == (Code.HANDED_OVER, Verdict.ABSENT)
    assert (after.verdict, again.code) == (Verdict.FOUND, Code.DUPLICATE_SAME_OWNER)
