"""An override from the operator's call to the next attempts, over all three stores and a socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from tests.integration.app.desks import A
from tests.integration.app.test_delivery import STRONG, Fleet
from tests.integration.connectors.maker import SECRETS, folder, maker, running

from registrar.app.audit import Audit
from registrar.app.heeding import Heeding
from registrar.app.overrides import NewOverride, Overrides
from registrar.connectors.kit.catalogue import ConnectorSettings, FileCatalogue
from registrar.connectors.kit.override_lints import violations
from registrar.domain.errors import StoreUnavailable
from registrar.domain.outcome import Tier
from registrar.domain.override import ErrorOverride
from registrar.domain.registration import Attempt, State
from registrar.ports.clock import SystemClock
from registrar.ports.error_overrides import InForce
from registrar.ports.store import Store
from registrar.store.memory_audit import MemoryAudit
from registrar.store.memory_overrides import MemoryOverrides
from registrar.testing.desk import AUDIT_KEYS
from registrar.testing.manufacturer import LedgerConnector

AUTH = {"kind": "bearer", "secret": "acme.key"}
TEAPOT = {"status": [418], "path": "code", "in": ["teapot"]}


@dataclass
class Scene:
    """A manufacturer whose answer to a submission no rule knows, and what works on it."""

    fleet: Fleet
    catalogue: FileCatalogue
    heeding: Heeding
    desk: Overrides

    async def override(self, seconds: float, **rule: object) -> ErrorOverride:
        """In force for so long, as an operator makes it."""
        made = {"when": TEAPOT, "code": "not_eligible", "effect": "refused"} | rule
        ends = datetime.now(UTC) + timedelta(seconds=seconds)
        asked = NewOverride("acme", Tier.API, made, 0, True, "they answer 418", ends)  # noqa: FBT003 - by the order of its fields
        return await self.desk.create(A, asked)

    async def attempted(self) -> tuple[State, Attempt]:
        """A new registration, after its first attempt."""
        (made,) = await self.fleet.accept()
        hinted = dict(await self.fleet.hints())  # also the look-ups of those before
        await self.fleet.work((made.id, hinted[made.id]))
        (attempt,) = await self.fleet.store.attempts(made.tenant_id, made.id)
        return (await self.fleet.now(made)).state, attempt


@pytest.fixture
async def scene(store: Store, tmp_path: Path) -> AsyncIterator[Scene]:
    """With a worker's parts, and nothing in force."""
    server = maker(AUTH)

    async def answer(request: web.Request) -> web.StreamResponse:
        del request
        return web.json_response({"code": "teapot"}, status=418)

    server.answer = answer
    async with running(server) as base:
        catalogue = FileCatalogue(
            ConnectorSettings({"acme": base}, SECRETS), folder(tmp_path, AUTH)
        )
        fleet = Fleet(store, LedgerConnector(STRONG))
        fleet.advance = replace(fleet.advance, catalogue=catalogue)
        heeding = Heeding(store.overrides, catalogue.overrides, seconds=0.05)
        audit = Audit(store.audit, AUDIT_KEYS)
        desk = Overrides(catalogue, store.overrides, violations, SystemClock(), audit)
        yield Scene(fleet, catalogue, heeding, desk)
        await catalogue.close()


async def test_an_unmapped_answer_is_mapped_without_a_restart_and_then_no_more(
    scene: Scene,
) -> None:
    """By the same processes: before the override, while it is in force, and after its end."""
    _, before = await scene.attempted()
    assert (before.code, before.effect.value, before.rule) == ("unmapped", "unknown", "")
    made = await scene.override(3)
    assert await scene.heeding.once()
    _, meanwhile = await scene.attempted()
    assert (meanwhile.code, meanwhile.effect.value) == ("not_eligible", "refused")
    assert meanwhile.rule == f"override:{made.id}"
    await asyncio.sleep((made.expires_at - datetime.now(UTC)).total_seconds() + 0.05)
    _, after = await scene.attempted()
    assert (after.code, after.effect.value, after.rule) == ("unmapped", "unknown", "")
    assert await scene.heeding.once()
    assert (await scene.attempted())[1].code == "unmapped"


async def test_a_worker_learns_of_overrides_by_itself(scene: Scene) -> None:
    """Of new ones, and of those that are removed."""
    task = asyncio.create_task(scene.heeding.run())
    made = await scene.override(60)

    async def rules(count: int) -> list[str]:
        async with asyncio.timeout(5):
            while len(scene.catalogue.overrides.rules("acme")) != count:  # noqa: ASYNC110 - the worker's own pace
                await asyncio.sleep(0.02)
        return [one.name for one in scene.catalogue.overrides.rules("acme")]

    assert await rules(1) == [made.name]
    await scene.desk.delete(A, made.id, "mended")
    assert await rules(0) == []
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_an_open_effect_is_looked_up_before_anything_is_sent_again(scene: Scene) -> None:
    """Whatever code the override gives it."""
    await scene.override(60, code="rate_limited", effect="unknown")
    await scene.heeding.once()
    state, attempt = await scene.attempted()
    assert (attempt.code, attempt.effect.value) == ("rate_limited", "unknown")
    assert state is State.VERIFYING


class Flaky(MemoryOverrides):
    """A database that is away when it is told to."""

    away = False

    async def in_force(self) -> list[InForce]:
        """As long as it is there."""
        if self.away:
            raise StoreUnavailable
        return await super().in_force()


async def test_the_last_known_stay_while_the_database_is_away(scene: Scene) -> None:
    """Each until its own end."""
    store = Flaky(SystemClock(), MemoryAudit(SystemClock()))
    scene.desk = replace(scene.desk, store=store)
    made = await scene.override(2)
    heeding = Heeding(store, scene.catalogue.overrides)
    assert [await heeding.once() for _ in range(2)] == [True, True]
    store.away = True
    assert await heeding.once() is False
    assert [one.name for one in scene.catalogue.overrides.rules("acme")] == [made.name]
    await asyncio.sleep(2.05)
    assert await heeding.once() is False
    assert scene.catalogue.overrides.rules("acme") == []
