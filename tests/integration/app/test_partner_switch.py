"""Who has no API is reached by our contract once the settings say so, and by a person before."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.integration.app.desks import A, System

from registrar.app.validation import validated
from registrar.bootstrap.parts import core
from registrar.bootstrap.vaults import migrated
from registrar.config.settings import load
from registrar.connectors.kit.catalogue import PACKAGED, FileCatalogue
from registrar.domain.outcome import Effect, Tier
from registrar.domain.registration import ActionKind, Registration, State
from registrar.ports.store import Store
from registrar.sandbox import Sandbox, SandboxSettings
from registrar.store.memory import MemoryStore
from registrar.testing.conformance import scenarios
from registrar.testing.conformance.fleet import Fleet
from registrar.testing.conformance.records import TODAY

SIX = ("bosch", "ge", "lg", "milwaukee", "sony", "whirlpool")
each = pytest.mark.parametrize("maker", SIX)
on = pytest.mark.parametrize("assumed", ["true"])
off = pytest.mark.parametrize("assumed", ["false"])


@pytest.fixture
def store() -> Store:
    """What is asked here is no matter of the database."""
    return MemoryStore()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """The six, as they would be with a contract."""
    made = Sandbox(SandboxSettings(partners=SIX))
    yield made
    await made.close()


@pytest.fixture
async def catalogue(
    sandbox: Sandbox, assumed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FileCatalogue]:
    """As the three lines of configuration have it."""
    base = f"http://127.0.0.1:{await sandbox.start()}"
    urls = {one: f"{base}/{one}/partner/v1" for one in SIX}
    keys = {f"{one}.api_key": f"sandbox-{one}" for one in SIX}
    monkeypatch.setenv("REGISTRAR_CONNECTOR_URLS", json.dumps(urls))
    monkeypatch.setenv("REGISTRAR_CONNECTOR_SECRETS", json.dumps(keys))
    monkeypatch.setenv("REGISTRAR_ENABLE_ASSUMED", assumed)
    root = base64.b64encode(b"k" * 32).decode()
    settings = load(database_url=f"sqlite:///{tmp_path}/unused.db", root_key=root)
    await migrated(settings)
    async with core(settings) as parts:
        assert parts.catalogue.quarantined() == {}
        yield parts.catalogue


@pytest.fixture
def guides(catalogue: FileCatalogue) -> FileCatalogue:
    """Of the same manifests."""
    return catalogue


async def _settled(system: System, maker: str) -> Registration:
    """The plainest record of its scenarios, until nothing more happens by itself."""
    job = scenarios.load(PACKAGED / maker).first.job()
    submission, broken = validated(job.submission, system.catalogue.manufacturers()[maker], TODAY)
    assert broken == ()
    made = await system.submit(manufacturer_id=maker, brand=job.brand, submission=submission)
    async with asyncio.timeout(20):
        while True:
            await system.advance()
            one = (await system.desk.get(A, made.view.registration.id)).registration
            if one.state in {State.SUCCEEDED, State.ACTION_REQUIRED, State.FAILED}:
                return one
            await asyncio.sleep(0.1)


def _acts(sandbox: Sandbox, maker: str) -> list[tuple[str, str]]:
    """Key and reference of each."""
    report = sandbox.world.ledger.report(maker)
    assert report["duplicates"] == []
    return [(one["key"], one["reference"]) for one in report["effects"]]


@each
@on
async def test_three_lines_send_it_through_the_contract(
    system: System, sandbox: Sandbox, maker: str
) -> None:
    """By the API, with the manufacturer's own confirmation, and once in its ledger."""
    one = await _settled(system, maker)
    assert (one.state, one.tier, one.effect) == (State.SUCCEEDED, Tier.API, Effect.ACCEPTED)
    assert _acts(sandbox, maker) == [(one.id, one.manufacturer_reference)]


@each
@on
async def test_a_lost_answer_does_not_register_it_twice(
    catalogue: FileCatalogue, sandbox: Sandbox, maker: str
) -> None:
    """What has happened is found by the look-up of the contract."""
    sandbox.world.script.replace([{"fault": "commit_then_drop", "step": "submit", "times": 1}])
    connector = catalogue.connector(maker, Tier.API)
    assert connector is not None
    fleet, job = Fleet(connector), scenarios.load(PACKAGED / maker).first.job()
    one = await fleet.settle(await fleet.accept(maker, job.brand, job.submission))
    assert (one.state, one.effect) == (State.SUCCEEDED, Effect.ACCEPTED)
    assert _acts(sandbox, maker) == [(one.id, one.manufacturer_reference)]


@each
@off
async def test_without_the_switch_a_person_is_asked(
    system: System, sandbox: Sandbox, maker: str
) -> None:
    """An address and a key alone are not enough; the values are prepared, and nothing is sent."""
    one = await _settled(system, maker)
    assert one.action is not None
    assert (one.state, one.tier, one.effect) == (
        State.ACTION_REQUIRED,
        Tier.MANUAL,
        Effect.NOT_SENT,
    )
    assert one.action.kind == ActionKind.FILE_MANUALLY
    guide = (await system.desk.get(A, one.id)).guide
    assert guide is not None
    record = scenarios.load(PACKAGED / maker).first.job().submission
    shown = {value.field: value.value for step in guide.steps for value in step.values}
    assert shown["product.serial_number"] == record.product.serial_number
    assert shown["purchase.date"] == record.purchase.date.isoformat()
    assert "" not in shown.values()
    assert _acts(sandbox, maker) == []


@each
@off
async def test_the_listing_says_that_it_is_assumed(system: System, maker: str) -> None:
    """And off; the way that is taken is documented."""
    found = system.catalogue.manufacturers()[maker]
    assert [(one.tier, one.evidence, one.enabled) for one in found.tiers] == [
        (Tier.API, "assumed", False),
        (Tier.WEB, "assumed", False),
        (Tier.MANUAL, "documented", True),
    ]
