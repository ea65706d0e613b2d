"""What a storm breaks: the system as in production, on servers and manufacturers of its own."""

from __future__ import annotations

import base64
import json
import os
import random
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.faults.servers import Postgres, Redis
from tests.faults.storm import makers, mutants
from tests.faults.storm.breaking import World
from tests.faults.storm.control import Control
from tests.faults.storm.fleet import Fleet, truth
from tests.faults.storm.load import Load
from tests.integration.notify.mailserver import MailServer
from tests.system import clean_environment

from registrar.bootstrap import vaults
from registrar.bootstrap.admitting import first_key
from registrar.client import Client
from registrar.client.messages import NotificationKind, NotificationSettings
from registrar.config.settings import load
from registrar.ports.api_keys import Scope

LEASE_SECONDS = 4
RATE = 8.0
CLOCKS = (300, -300)
"""Seconds by which the clocks of the workers are wrong."""

CLOCK_FOLDER = Path(__file__).parent / "clocks"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run is asked for. `registrations` at most, `rate` of them a second."""

    seed: int
    seconds: float
    registrations: int | None = None
    mutant: str = ""
    rate: float = RATE


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs."""

    world: World
    load: Load


@asynccontextmanager
async def staged(wanted: Wanted, folder: Path) -> AsyncIterator[Stage]:
    """Started in this empty folder, and gone at the end."""
    async with AsyncExitStack() as stack:
        yield await _stage(wanted, folder, stack)


async def _stage(wanted: Wanted, folder: Path, stack: AsyncExitStack) -> Stage:
    log = stack.enter_context((folder / "log").open("wb"))
    chance = random.Random(wanted.seed)  # noqa: S311 - a storm, no secret
    postgres = Postgres(_made(folder / "postgres"))
    stack.callback(postgres.close)
    postgres.careless()
    redis = Redis(_made(folder / "redis"))
    stack.callback(redis.stop)
    redis.start()
    mail = MailServer()
    await mail.start()
    stack.push_async_callback(mail.leave)
    sandbox = await stack.enter_async_context(truth(folder / "ledger.db", wanted.seed, log))
    control = Control(sandbox, wanted.seed)
    await control.begin()
    makers.write(folder / "makers")
    settings = _settings(folder, postgres, redis, mail, sandbox)
    key = await _api_key(settings)
    python_path = mutants.made(wanted.mutant, folder / "mutant") if wanted.mutant else ""
    fleet = await stack.enter_async_context(_fleet(settings, python_path, log))
    address = fleet.of("serve")[0].said["grpc"]
    await _mail_on(address, key)
    world = World(fleet, redis, postgres, control, mail, folder / "artifacts", chance)
    return Stage(world, Load(address, key, wanted.rate, chance))


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _settings(
    folder: Path, postgres: Postgres, redis: Redis, mail: MailServer, sandbox: str
) -> dict[str, str]:
    """Of the processes, as their environment."""
    given = {
        "DATABASE_URL": postgres.url,
        "REDIS_URL": f"unix://{redis.path}",
        "ROOT_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "ARTIFACTS_URL": str(folder / "artifacts"),
        "CONNECTORS_FOLDER": str(folder / "makers"),
        "CONNECTOR_URLS": json.dumps(makers.urls(sandbox)),
        "CONNECTOR_SECRETS": json.dumps(makers.secrets()),
        "SMTP_URL": f"smtp://127.0.0.1:{mail.port}",
        "LEASE_SECONDS": str(LEASE_SECONDS),
        "MAX_WATCH_SECONDS": "10",
        "DATABASE_POOL": "6",
        "WORKER_THREADS": "16",
        "DRAIN_SECONDS": "2",
        "BROWSER": "off",
        "LOG_LEVEL": "warning",
    }
    return {f"REGISTRAR_{name}": value for name, value in given.items()}


async def _api_key(settings: Mapping[str, str]) -> str:
    given = {name.removeprefix("REGISTRAR_").lower(): one for name, one in settings.items()}
    made = load(
        **{name: json.loads(one) if one[:1] in "{[" else one for name, one in given.items()}
    )
    await vaults.migrated(made)
    return await first_key(made, "storm", "storm", [one.value for one in Scope], None)


@asynccontextmanager
async def _fleet(
    settings: Mapping[str, str], python_path: str, log: IO[bytes]
) -> AsyncIterator[Fleet]:
    fleet = Fleet({**clean_environment(), **settings, "PYTHONPATH": python_path}, log)
    try:
        first = fleet.add("serve", "--listen", "127.0.0.1:0")
        await fleet.ready([first])
        # Its successors and the second one take the port over; the kernel shares the connections.
        first.arguments = ("--listen", first.said["grpc"])
        fleet.add("serve", *first.arguments)
        for _ in range(2):
            fleet.add("dispatch")
        for seconds in CLOCKS:
            path = os.pathsep.join(filter(None, [str(CLOCK_FOLDER), python_path]))
            wrong = {"STORM_CLOCK": str(seconds), "PYTHONPATH": path}
            fleet.add("work", "--queue", "api", settings=wrong)
        await fleet.ready(fleet.members)
        yield fleet
    finally:
        await fleet.stop()


async def _mail_on(address: str, api_key: str) -> None:
    """Every registration that succeeds is a letter."""
    told = NotificationSettings(
        emails=[NotificationKind.NOTIFICATION_KIND_REGISTERED],
        from_address="service@shop.example",
        brand="Shop",
        support_link="https://shop.example/help",
    )
    async with Client(address, api_key) as client:
        await client.notifications.update(told)
