"""Apple's manual route with Apple Business beside it, against the sandbox."""

from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from registrar.connectors.kit.catalogue import PACKAGED, ConnectorSettings, FileCatalogue
from registrar.domain.outcome import Code, Effect, Tier, Verdict
from registrar.ports.connector import Connector, Job
from registrar.sandbox import Sandbox
from registrar.sandbox.keys import APPLE_CLIENT, APPLE_KEY_ID, apple_private_key
from registrar.testing.conformance import scenarios

World = tuple[Sandbox, str]
OURS, ELSEWHERE = "C02VV5RFHX87", "C02VV5RFH992"
SECRETS = {
    "apple.client_id": APPLE_CLIENT,
    "apple.key_id": APPLE_KEY_ID,
    "apple.private_key": apple_private_key(),
}


@pytest.fixture
async def apple(sandbox: World) -> AsyncIterator[Connector]:
    """By hand, with the look-up in use."""
    base = f"{sandbox[1]}/apple/business"
    urls = {"apple.lookup": base, "apple.lookup.token": f"{base}/auth/oauth2/token"}
    catalogue = FileCatalogue(ConnectorSettings(urls, SECRETS))
    found = catalogue.connector("apple", Tier.MANUAL)
    assert found is not None
    yield found
    await catalogue.close()


def job(serial: str = OURS, kind: str = "business") -> Job:
    """One device of this kind of customer."""
    changes = {"customer": {"type": kind}, "product": {"serial_number": serial}}
    return scenarios.load(PACKAGED / "apple").varied(changes).job()


async def test_a_device_of_the_organisation_needs_nobody(apple: Connector) -> None:
    """Apple has it as this organisation's, before a person is asked and after."""
    outcome, found = await apple.submit(job()), await apple.verify(job())
    assert (outcome.code, outcome.effect) == (Code.DUPLICATE_SAME_OWNER, Effect.ACCEPTED)
    assert (found.verdict, found.reference) == (Verdict.FOUND, "")


async def test_a_device_elsewhere_is_no_unknown_one(apple: Connector) -> None:
    """Not in this organisation: a person goes on, and the number is not doubted."""
    outcome, found = await apple.submit(job(ELSEWHERE)), await apple.verify(job(ELSEWHERE))
    assert (outcome.code, outcome.effect) == (Code.HANDED_OVER, Effect.NOT_SENT)
    assert found.verdict is Verdict.ABSENT


async def test_a_persons_device_is_not_asked_for(apple: Connector, sandbox: World) -> None:
    """What an organisation has says nothing of a consumer's, and their number stays here."""
    consumer = job(kind="consumer")
    outcome, found = await apple.submit(consumer), await apple.verify(consumer)
    assert (outcome.code, found.verdict) == (Code.HANDED_OVER, Verdict.CANNOT_TELL)
    assert sandbox[0].world.metrics.report() == {}


async def test_terms_that_nobody_accepted_are_told_to_an_operator(
    apple: Connector, sandbox: World
) -> None:
    """The person goes on meanwhile, and once they are accepted the look-up tells again."""
    sandbox[0].world.script.add({"manufacturer": "apple", "fault": "terms"})
    with capture_logs() as lines:
        outcome = await apple.submit(job())
    assert outcome.code is Code.HANDED_OVER
    told = [one for one in lines if one["event"] == "look_up_refused"]
    assert [(one["log_level"], one["rule"], one["code"]) for one in told] == [
        ("warning", "terms", "auth.rejected")
    ]
    sandbox[0].world.script.replace([])
    assert (await apple.verify(job())).verdict is Verdict.FOUND


async def test_an_expired_token_is_renewed_once(apple: Connector, sandbox: World) -> None:
    """A look-up in the middle of a day does not fail for it."""
    await apple.verify(job())
    sandbox[0].world.script.add(
        {"manufacturer": "apple", "fault": "session_expired", "step": "verify", "times": 1}
    )
    assert (await apple.verify(job())).verdict is Verdict.FOUND
    assert sandbox[0].world.metrics.report()["apple"]["steps"]["token"]["requests"] == 2
