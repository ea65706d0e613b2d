"""What the kit asks of several in one request turns red where it is violated."""

import asyncio
import json
from dataclasses import dataclass, field, replace

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec import structs
from tests.integration.conformance.planted import (
    judged,
    lying,
    packaged,
    telling,
    violation,
    wrapped,
)

from registrar.connectors.kit.batches import Apart, Batches, Send
from registrar.connectors.kit.connector import HttpConnector
from registrar.connectors.kit.http import Reply
from registrar.connectors.kit.sharing import Sharable
from registrar.domain.outcome import Code, Effect, Outcome
from registrar.ports.connector import UNATTENDED, Connector, Job, Run
from registrar.sandbox import Sandbox
from registrar.testing.conformance.around import Around
from registrar.testing.conformance.report import Status
from registrar.testing.conformance.subject import Seams

BATCHED = "microsoft"
BROKEN = "217563424995"
LOOKING = ("dell", "hp", "lenovo")


@pytest.mark.parametrize("check", [8, 10, 14, 18, 21])
async def test_the_packaged_one_passes(check: int) -> None:
    """So that each violation below is what turns it red."""
    result = await judged(check, packaged(BATCHED, Seams()))
    assert (result.status, result.reason) == (Status.PASSED, "")


@pytest.mark.parametrize("maker", LOOKING)
@pytest.mark.parametrize("check", [10, 13])
async def test_the_packaged_look_ups_pass(maker: str, check: int) -> None:
    """All of them are shared."""
    result = await judged(check, packaged(maker, Seams()))
    assert (result.status, result.reason) == (Status.PASSED, "")


def one_by_one(connector: HttpConnector) -> Connector:
    """A connector that gathers nothing."""
    tier = replace(connector.tier, submit=replace(connector.tier.submit, batch=None))
    return replace(connector, tier=tier, exchange=replace(connector.exchange, section=tier))


async def test_one_request_each_fails_check_8() -> None:
    """Its manifest says otherwise."""
    said = await violation(8, packaged(BATCHED, wrapped(one_by_one)))
    assert said == "several at once: 3 requests instead of 1"


async def test_another_ones_confirmation_fails_check_8() -> None:
    """The first of the list for everybody."""

    def first(_job: Job, outcome: Outcome) -> Outcome:
        return structs.replace(outcome, reference="of the first")

    said = await violation(8, packaged(BATCHED, telling(first)))
    assert said == "several at once: it is told another one's confirmation"


def acting_again(*, later: bool) -> Seams:
    """A manufacturer that acts once more: for a collection, or for who comes alone after one."""
    after = set[Sandbox]()

    async def lie(sandbox: Sandbox, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.endswith("/import"):
            (devices,) = json.loads(await request.read()).values()
            if len(devices) > 1:
                after.add(sandbox)
            if sandbox in after and later is (len(devices) == 1):
                sandbox.world.ledger.write(
                    manufacturer=BATCHED, serial_number="again", owner="", key="", body=""
                )
        return await handler(request)

    return lying(lie)


async def test_an_act_too_many_fails_check_8() -> None:
    """Of a collection alone."""
    said = await violation(8, packaged(BATCHED, acting_again(later=False)))
    assert said == "several at once: 4 acts in the ledger instead of 3"


@dataclass
class Neighbourly(Around):
    """Knows whether a broken device is under way."""

    broken: set[str] = field(default_factory=set)

    def near(self, job: Job) -> bool:
        """Somebody else's is."""
        if job.submission.product.serial_number == BROKEN:
            self.broken.add(job.idempotency_key)
        return bool(self.broken - {job.idempotency_key})


class Contagious(Neighbourly):
    """Refuses all for one."""

    async def submit(self, job: Job, run: Run = UNATTENDED) -> Outcome:
        """As its neighbour."""
        near = self.near(job)
        outcome = await self.inner.submit(job, run)
        return Outcome(Code.INVALID_FIELD, Effect.REFUSED) if near else outcome


class Repeating(Neighbourly):
    """Sends all again for one."""

    async def submit(self, job: Job, run: Run = UNATTENDED) -> Outcome:
        """Twice beside a broken one."""
        near = self.near(job)
        outcome = await self.inner.submit(job, run)
        if near:
            await self.inner.submit(job, run)
        return outcome


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Contagious, "several, and one is refused: invalid.field (refused)"),
        (Repeating, "several, and one is refused: 2 requests instead of 1"),
    ],
)
async def test_a_refusal_that_is_caught_fails_check_10(kind: type[Neighbourly], said: str) -> None:
    """From whoever shares the request."""
    assert await violation(10, packaged(BATCHED, wrapped(kind))) == said


@dataclass
class Crowd(Around):
    """Knows how many are under way."""

    keys: set[str] = field(default_factory=set)

    @property
    def several(self) -> bool:
        """Of different registrations."""
        return len(self.keys) > 1


class Impatient(Crowd):
    """Sends again what nobody knows of, when there are several."""

    async def submit(self, job: Job, run: Run = UNATTENDED) -> Outcome:
        """And says that it does not know."""
        self.keys.add(job.idempotency_key)
        outcome = await self.inner.submit(job, run)
        if self.several and outcome.effect is Effect.UNKNOWN:
            await self.inner.submit(job, run)
        return outcome


async def test_a_lost_answer_that_is_sent_again_fails_check_14() -> None:
    """Though the manufacturer has carried out each of them once."""
    said = await violation(14, packaged(BATCHED, wrapped(Impatient)))
    assert said == "it acted for several, then hung up: 2 requests instead of 1"


class Forgetful(Crowd):
    """Sends each repetition under another's key, when there are several."""

    async def submit(self, job: Job, run: Run = UNATTENDED) -> Outcome:
        """Its second one."""
        again = job.idempotency_key in self.keys
        self.keys.add(job.idempotency_key)
        key = f"{job.idempotency_key}-2" if again and self.several else job.idempotency_key
        return await self.inner.submit(structs.replace(job, idempotency_key=key), run)


async def test_a_key_that_changes_fails_check_18() -> None:
    """Only among several."""
    said = await violation(18, packaged(BATCHED, wrapped(Forgetful)))
    assert said.startswith("several, and their request is lost: ")


async def test_an_act_too_many_fails_check_21() -> None:
    """Of the second request: one of several was killed before it came into the first."""
    said = await violation(21, packaged(BATCHED, acting_again(later=True)))
    assert said.startswith("one of several killed before ")
    assert said.endswith(": 4 acts in the ledger")


def crossed() -> Seams:
    """A manufacturer that puts the tag of one on the row of another."""

    async def lie(_sandbox: Sandbox, request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if "," not in request.query.get("servicetags", "") or response.status != 200:
            return response
        assert isinstance(response, web.Response)
        rows = json.loads(response.text or "[]")
        tags = [one["serviceTag"] for one in rows]
        moved = zip(rows, [*tags[1:], *tags[:1]], strict=True)
        return web.json_response([one | {"serviceTag": tag} for one, tag in moved])

    return lying(lie)


async def test_another_ones_row_fails_check_10() -> None:
    """Alone it is told rightly."""
    said = await violation(10, packaged("dell", crossed()))
    assert said == "precheck says handed_over among several, and invalid.field alone"


@pytest.mark.parametrize("check", [10, 13])
async def test_look_ups_that_nobody_shares_fail(
    monkeypatch: pytest.MonkeyPatch, check: int
) -> None:
    """A kit that gathers nothing."""

    async def by_itself(_: Batches, request: Sharable, send: Send, _apart: Apart) -> Reply:
        await asyncio.sleep(0)
        return await send(request)

    monkeypatch.setattr(Batches, "answered", by_itself)
    said = await violation(check, packaged("hp", Seams()))
    assert said.startswith("precheck of several: ")
    assert said.endswith(" requests instead of 1")
