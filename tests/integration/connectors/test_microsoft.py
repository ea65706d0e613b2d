"""Microsoft's two routes: imports of Windows Autopilot against the sandbox, and the guide."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from msgspec.structs import replace

from registrar.connectors.kit.catalogue import PACKAGED, ConnectorSettings, FileCatalogue
from registrar.domain.customer import CustomerType
from registrar.domain.outcome import Code, Effect, Tier, Verdict
from registrar.ports.connector import Connector, Job
from registrar.sandbox import Sandbox
from registrar.testing.conformance import scenarios

World = tuple[Sandbox, str]
HASH = "aGFzaCBvZiBhIGRldmljZSB0aGF0IGRvZXMgbm90IGV4aXN0"


@pytest.fixture
async def catalogue(sandbox: World) -> AsyncIterator[FileCatalogue]:
    """With Graph in use."""
    base = f"{sandbox[1]}/microsoft/graph"
    urls = {"microsoft": base, "microsoft.token": f"{base}/sandbox-tenant/oauth2/v2.0/token"}
    secrets = scenarios.load(PACKAGED / "microsoft").place.secrets
    made = FileCatalogue(ConnectorSettings(urls, secrets))
    yield made
    await made.close()


@pytest.fixture
def graph(catalogue: FileCatalogue) -> Connector:
    """The API."""
    found = catalogue.connector("microsoft", Tier.API)
    assert found is not None
    return found


def job(serial: str = "217563424605", value: str = HASH) -> Job:
    """One device of a business, with its hardware hash."""
    product = {"serial_number": serial, "identifiers": [{"kind": "hardware_hash", "value": value}]}
    return scenarios.load(PACKAGED / "microsoft").varied({"product": product}).job()


async def test_the_hash_arrives_letter_for_letter(graph: Connector, sandbox: World) -> None:
    """Without the blanks of a copy, and with its capitals as they are."""
    outcome = await graph.submit(job(value=f"{HASH[:20]} {HASH[20:]}"))
    assert (outcome.code, outcome.effect) == (Code.ACCEPTED_PENDING, Effect.ACCEPTED)
    kept = [json.loads(one) for one in sandbox[0].world.ledger.all_kept("microsoft.import")]
    assert [(one["hardwareIdentifier"], one["importId"]) for one in kept] == [
        (HASH, job().idempotency_key)
    ]


async def test_an_import_that_never_ends_stays_pending(graph: Connector) -> None:
    """It is neither registered nor refused: the deadline for confirmations decides."""
    stuck = job("217563424994")
    sent = await graph.submit(stuck)
    found = await graph.verify(replace(stuck, manufacturer_reference=sent.reference))
    assert found.verdict is Verdict.PENDING
    assert graph.capabilities.confirmation_deadline == timedelta(hours=1)


@pytest.mark.parametrize(("header", "seconds"), [("seconds", 7), ("none", 20)])
async def test_throttling_waits_as_it_is_told(
    graph: Connector, sandbox: World, header: str, seconds: int
) -> None:
    """And for one documented window where no time is named."""
    sandbox[0].world.script.add(
        {"manufacturer": "microsoft", "fault": "throttle", "step": "submit"}
        | {"retry_after": 7, "retry_header": header}
    )
    outcome = await graph.submit(job())
    assert (outcome.code, outcome.retry_after) == (Code.RATE_LIMITED, timedelta(seconds=seconds))


def test_only_businesses_are_sent_to_graph(catalogue: FileCatalogue) -> None:
    """Personal accounts are not supported: a consumer has the devices page."""
    maker = catalogue.manufacturers()["microsoft"]
    served = {
        kind: [one.tier for one in maker.tiers if one.enabled and one.serves(kind)]
        for kind in CustomerType
    }
    assert served == {
        CustomerType.CONSUMER: [Tier.MANUAL],
        CustomerType.BUSINESS: [Tier.API, Tier.MANUAL],
    }
