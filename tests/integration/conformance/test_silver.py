"""Each check of the silver level turns red where it is violated."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec import structs
from tests.integration.conformance.planted import (
    Busy,
    asking,
    forgetful,
    judged,
    packaged,
    telling,
    violation,
    wrapped,
)

from registrar.connectors.kit.auth import Authorization
from registrar.connectors.kit.connector import HttpConnector
from registrar.connectors.kit.http import HttpClient
from registrar.domain.manufacturer import Limits, RateWindow
from registrar.domain.outcome import Code, Effect, Outcome
from registrar.outbound import Reach
from registrar.ports.connector import UNATTENDED, Job, Run
from registrar.testing.conformance.around import Around
from registrar.testing.conformance.report import Status
from registrar.testing.conformance.subject import Seams


async def test_a_second_act_fails_check_14() -> None:
    """A manufacturer that forgets its keys and finds nothing: the look-up was wrong."""
    said = "it acted, then hung up: 2 acts in the ledger"
    assert await violation(14, packaged("acme", forgetful())) == said


async def test_an_answer_that_is_lost_and_taken_for_a_success_fails_check_14() -> None:
    """Nobody has looked it up."""

    def hopeful(job: Job, outcome: Outcome) -> Outcome:
        del outcome
        return Outcome(Code.REGISTERED, Effect.ACCEPTED, reference=job.registration_id)

    said = await violation(14, packaged("acme", telling(hopeful)))
    assert said == "the attempt's effect is accepted"


@pytest.mark.parametrize(
    ("only", "said"), [(7.0, "Retry-After as a date"), (None, "Retry-After as seconds")]
)
async def test_a_wait_that_is_not_read_fails_check_15(only: float | None, said: str) -> None:
    """One that reads seconds alone, and one that reads neither."""

    def deaf(_job: Job, outcome: Outcome) -> Outcome:
        waits = outcome.retry_after
        kept = waits if waits == timedelta(seconds=only or 0) else None
        return structs.replace(outcome, retry_after=kept)

    assert (await violation(15, packaged("acme", telling(deaf)))).startswith(said)


async def test_more_requests_at_once_than_the_bound_fail_check_16(
    clients: list[HttpClient],
) -> None:
    """A client of its own, with room for all."""

    def roomy(connector: HttpConnector) -> HttpConnector:
        clients.append(HttpClient(1000, Reach(local=True)))
        return replace(connector, exchange=replace(connector.exchange, http=clients[-1]))

    said = await violation(16, packaged("samsung", wrapped(roomy)))
    assert said == "68 requests at once instead of 34"


async def test_a_connector_that_sends_more_than_it_was_let_fails_check_16() -> None:
    """Two requests at once for one that may go: also where its client has room for both."""

    class Twice(Around):
        """Sends another one at the same time."""

        async def submit(self, job: Job, run: Run = UNATTENDED) -> Outcome:
            """And the answer of the one that counts."""
            other = structs.replace(job, idempotency_key=f"{job.idempotency_key}-again")
            done, _ = await asyncio.gather(
                self.inner.submit(job, run), self.inner.submit(other, run)
            )
            return done

    said = await violation(16, packaged("samsung", Seams(wrap=Twice)))
    assert said == "34 requests at once instead of 32"


async def test_a_stated_window_is_kept_by_check_16() -> None:
    """Of six that come at once three may go, and two of them at once."""
    subject = packaged("samsung", Seams())
    stated = Limits(windows=(RateWindow(3, 60),), concurrency=2)
    maker = replace(subject.manifest.manufacturer, limits=stated)
    held = replace(subject, manifest=replace(subject.manifest, manufacturer=maker))
    assert (await judged(16, held)).status is Status.PASSED


async def test_a_token_that_is_kept_fails_check_17() -> None:
    """The manufacturer has refused it."""

    class Stuck:
        """Holds on to what it has."""

        expires_at = None

        def __init__(self, inner: Authorization) -> None:
            self._inner = inner

        async def headers(self) -> dict[str, str]:
            """As they are."""
            return await self._inner.headers()

        def forget(self, headers: dict[str, str]) -> None:
            """Never."""

    def stuck(connector: HttpConnector) -> HttpConnector:
        talk = connector.exchange
        return replace(connector, exchange=replace(talk, auth=Stuck(talk.auth)))

    said = await violation(17, packaged("samsung", wrapped(stuck)))
    assert said == "no other token was asked for"


def _new_key(job: Job) -> Job:
    return structs.replace(job, idempotency_key=f"{job.idempotency_key}-{uuid.uuid4().hex[:8]}")


def _one_key(job: Job) -> Job:
    return structs.replace(job, idempotency_key="always")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_new_key, "a repetition is another request"),
        (_one_key, "after a lost answer: 0 requests with the key"),
    ],
)
async def test_a_key_that_changes_fails_check_18(change: Callable[[Job], Job], said: str) -> None:
    """With each attempt, or with no registration."""
    assert await violation(18, packaged("acme", asking(change))) == said


async def test_a_form_that_nothing_tries_fails_check_19() -> None:
    """A web tier may not slip in unseen."""
    subject = packaged("acme", Seams(forms=True))
    place = replace(subject.scenarios.place, form="")
    subject = replace(subject, scenarios=replace(subject.scenarios, place=place))
    assert await violation(19, subject) == "sandbox.form: nothing simulates its form"


async def test_a_probe_with_an_effect_fails_check_20() -> None:
    """It registers to see whether it can."""
    said = "1 acts of a probe and a look-up"
    assert await violation(20, packaged("acme", wrapped(Busy))) == said


async def test_a_probe_that_says_it_is_ill_fails_check_20() -> None:
    """Of a manufacturer that is well."""

    class Ill(Around):
        """Never well."""

        async def health(self) -> Outcome:
            """It is not."""
            return Outcome(Code.UNAVAILABLE_CONNECT, Effect.NOT_SENT)

    said = "a manufacturer that is well: unavailable.connect"
    assert await violation(20, packaged("acme", wrapped(Ill))) == said
