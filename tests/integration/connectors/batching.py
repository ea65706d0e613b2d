"""A manufacturer of the sandbox, and many attempts of it at the same moment."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from msgspec.structs import replace

from registrar.connectors.kit.catalogue import PACKAGED, ConnectorSettings, FileCatalogue
from registrar.domain.outcome import Tier, Verdict, Verification
from registrar.ports.connector import Connector, Job
from registrar.sandbox import Sandbox
from registrar.testing.conformance import scenarios

World = tuple[Sandbox, str]
Said = TypeVar("Said")


@asynccontextmanager
async def connected(
    world: World, maker: str, tier: Tier, lookup: str = ""
) -> AsyncIterator[Connector]:
    """The route; `lookup` is `.lookup` where it is its look-up that is reached."""
    place = scenarios.load(PACKAGED / maker).place
    urls = {f"{maker}{lookup}": world[1] + place.path}
    if place.token:
        urls[f"{maker}{lookup}.token"] = world[1] + place.token
    catalogue = FileCatalogue(ConnectorSettings(urls, place.secrets))
    found = catalogue.connector(maker, tier)
    assert found is not None
    yield found
    await catalogue.close()


def job(maker: str, serial: str, **changes: Any) -> Job:  # noqa: ANN401 - any section
    """The plainest record with another serial number, which is its key, too."""
    product = changes.pop("product", {}) | {"serial_number": serial}
    made = scenarios.load(PACKAGED / maker).varied(changes | {"product": product}).job()
    return replace(made, registration_id=f"reg_{serial}", idempotency_key=f"reg_{serial}")


async def at_once(act: Callable[[Job], Awaitable[Said]], jobs: Iterable[Job]) -> list[Said]:
    """All at the same moment; in the order of the jobs."""
    return await asyncio.gather(*(act(one) for one in jobs))


async def settled(connector: Connector, jobs: Sequence[Job]) -> list[Verification]:
    """What the look-ups say once none is pending."""
    for _ in range(100):
        found = await at_once(connector.verify, jobs)
        if not any(one.verdict is Verdict.PENDING for one in found):
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("pending without an end")


def requests(world: World, maker: str, step: str) -> int:
    """As the sandbox counts them."""
    report = world[0].world.metrics.report()
    return int(report.get(maker, {"steps": {}})["steps"].get(step, {"requests": 0})["requests"])


def ledger(world: World, maker: str) -> list[str]:
    """Serial numbers of the acts, in order."""
    effects = world[0].world.ledger.report(maker)["effects"]
    return sorted(one["serial_number"] for one in effects)


def told(world: World, maker: str, **rule: Any) -> None:  # noqa: ANN401 - any field of a rule
    """One fault, once."""
    world[0].world.script.replace([{"manufacturer": maker, "times": 1} | rule])
