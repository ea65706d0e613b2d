"""What the fleet's gate costs: admit and report, beside bare round trips, and within an attempt.

python -m benchmarks.admission [--json] [--seconds 2] [--in-flight 64] [--attempts 1500]

`pairs_per_second`: one process asks and reports, as many callers as given, as its workers do: who
comes together shares a round trip. The ceiling is the same callers sending two PINGs each in the
place of them, in turns. `share_of_attempt` is how much longer attempts take with a gate than
without one: the real use case over PostgreSQL, with a manufacturer that answers at once, so that
nothing else hides it.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median

import msgspec.structs
import redis.asyncio as aioredis
import uvloop

from benchmarks.report import Report
from benchmarks.system import postgres
from registrar.admission.redis import RedisAdmission
from registrar.app import sealing
from registrar.app.advance import Advance, Advanced, batched, looked_up
from registrar.app.batching import Batcher
from registrar.app.gating import FleetGates, Gates, NoGates, Pass
from registrar.bootstrap.gating import gates as fleet_gates
from registrar.cli.dev import redis_program
from registrar.connectors.kit.catalogue import PACKAGED
from registrar.domain.outcome import Code, Effect, Outcome, Tier
from registrar.domain.policy import Capabilities
from registrar.domain.registration import Step
from registrar.ports.admission import Gated
from registrar.ports.clock import SystemClock
from registrar.ports.connector_states import ConnectorKey
from registrar.ports.store import Store, Stored, Work
from registrar.resilience.answers import Known, Mode
from registrar.resilience.settings import Settings
from registrar.signals.redis import connect
from registrar.store import migrate
from registrar.store.sql import open_store
from registrar.testing.conformance import scenarios
from registrar.testing.manufacturer import LedgerConnector, OneManufacturer
from registrar.testing.records import new_registration
from registrar.testing.vault import MemoryVault

API = ConnectorKey("acme", Tier.API)
WIDE = Settings(concurrency=1_000)
WELL = Outcome(Code.REGISTERED, Effect.ACCEPTED)
VAULT = MemoryVault()
ROUNDS = 3


@contextmanager
def redis() -> Iterator[str]:
    """An empty one on a unix socket."""
    with tempfile.TemporaryDirectory(prefix="registrar-bench-redis-") as folder:
        path = Path(folder) / "redis.sock"
        options = ("--port", "0", "--unixsocket", str(path), "--save", "", "--dir", folder)
        process = subprocess.Popen([redis_program(), *options], stdout=subprocess.DEVNULL)  # noqa: S603 - our own choice
        try:
            while not path.exists():
                time.sleep(0.02)
            yield f"unix://{path}"
        finally:
            process.terminate()
            process.wait(10)


class Wide(OneManufacturer):
    """Its gate is never in the way."""

    def pace(self, manufacturer_id: str, tier: Tier) -> Settings:
        """Always the same."""
        del manufacturer_id, tier
        return WIDE


async def _rate(work: Callable[[], Awaitable[None]], callers: int, seconds: float) -> float:
    ends = time.perf_counter() + seconds

    async def call() -> int:
        done = 0
        while time.perf_counter() < ends:
            await work()
            done += 1
        return done

    started = time.perf_counter()
    done = await asyncio.gather(*(call() for _ in range(callers)))
    return sum(done) / (time.perf_counter() - started)


async def _pairs(client: aioredis.Redis, gates: FleetGates, callers: int, seconds: float) -> Report:
    stored = Stored(new_registration().transition.registration, b"")
    work = Work(stored, Step.ATTEMPT, 1, leased=True, running=None)
    connector = LedgerConnector(Capabilities("strong", "key"))

    async def pair() -> None:
        given = await gates.ask(work, connector)
        if not isinstance(given, Pass):
            raise SystemExit(f"refused: {given}")
        await gates.told(given, WELL, 0.01)

    async def pings(items: Sequence[None]) -> list[None]:
        pipeline = client.pipeline(transaction=False)
        for _ in items:
            pipeline.ping()
        await pipeline.execute()
        return [None] * len(items)

    bare = Batcher(pings)

    async def both() -> None:
        await bare.add(None)
        await bare.add(None)

    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(await _rate(pair, callers, seconds))
        theirs.append(await _rate(both, callers, seconds))
    alone = await _rate(pair, 1, seconds)
    await bare.close()
    rate, ceiling = median(ours), median(theirs)
    return Report(
        "admission",
        figures={"pairs_per_second": rate, "pair_alone_ms": 1000 / alone},
        ceilings={"bare_pairs_per_second": ceiling},
        ratios={"to_bare_round_trips": rate / ceiling},
    )


async def _accepted(store: Store, count: int) -> list[tuple[str, int]]:
    """Hints of so many registrations."""
    job = scenarios.load(PACKAGED / "acme").first.job()
    payload = sealing.payload(job.submission)
    made = []
    for _ in range(count):
        item = new_registration()
        sealed = await sealing.seal(VAULT, item.transition.registration.id, payload)
        made.append(msgspec.structs.replace(item, sealed=sealed))
    for start in range(0, count, 200):
        await store.insert(made[start : start + 200])
    released = await store.release(
        "api", limit=count, in_flight={"acme": count}, rehint_after=timedelta(hours=1)
    )
    return [(one.registration_id, one.fence) for one in released]


async def _attempts(store: Store, gates: Gates, count: int, callers: int) -> float:
    """Seconds for so many."""
    lease = timedelta(seconds=60)
    catalogue = Wide(LedgerConnector(Capabilities("strong", "key")))
    reader, writer = Batcher(looked_up(store)), Batcher(batched(store, lease))
    advance = Advance(store, reader, writer, catalogue, VAULT, SystemClock(), lease, gates=gates)
    hints = iter(await _accepted(store, count))

    async def worker() -> None:
        for hint in hints:
            if await advance.run(*hint) is not Advanced.DONE:
                raise SystemExit("an attempt was not made")

    started = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(callers)))
    seconds = time.perf_counter() - started
    await reader.close()
    await writer.close()
    return seconds


async def measured(
    redis_url: str, database: str, seconds: float, callers: int, attempts: int
) -> Report:
    """Everything in one run."""
    async with AsyncExitStack() as stack:
        client = connect(redis_url)
        stack.push_async_callback(client.aclose)
        catalogue = Wide(None)
        gates = fleet_gates(client, catalogue, stack)
        admission = RedisAdmission(client)
        await admission.warm(Gated(API, WIDE), Known())
        # All of it from the start: what is measured is the gate, not its ramp.
        await admission.set_mode(Gated(API, WIDE), Mode.SHADOW, 0)
        report = await _pairs(client, gates, callers, seconds)
        await migrate.upgrade(database)
        store = open_store(database, pool_size=8)
        stack.push_async_callback(store.close)
        with_gate, without = [], []
        for _ in range(ROUNDS):
            without.append(await _attempts(store, NoGates(), attempts, callers))
            with_gate.append(await _attempts(store, gates, attempts, callers))
    longer, shorter = median(with_gate), median(without)
    report.figures["attempts_per_second"] = attempts / longer
    report.figures["attempts_per_second_without"] = attempts / shorter
    report.ratios["share_of_attempt"] = 1 - shorter / longer
    return report


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description="What the fleet's gate costs.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--in-flight", type=int, default=64)
    parser.add_argument("--attempts", type=int, default=1500)
    given = parser.parse_args()
    with redis() as url, postgres() as database:
        work = measured(url, database, given.seconds, given.in_flight, given.attempts)
        uvloop.run(work).show(as_json=given.json)


if __name__ == "__main__":
    main()
