"""Registrations a second from submission to the watcher being told that they have succeeded.

python -m benchmarks.end_to_end [--json] [--count 3000] [--in-flight 64] [--paced 50]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import uvloop

from benchmarks.report import Report, percentile
from benchmarks.system import postgres, registrar, request
from registrar.client import Client
from registrar.client.messages import (
    RegistrationFilter,
    RegistrationState,
    WatchRegistrationsRequest,
)

SETTLE_SECONDS = 120.0
PACED_SECONDS = 10
DONE = {
    RegistrationState.REGISTRATION_STATE_SUCCEEDED,
    RegistrationState.REGISTRATION_STATE_FAILED,
    RegistrationState.REGISTRATION_STATE_REJECTED,
    RegistrationState.REGISTRATION_STATE_ACTION_REQUIRED,
}


@dataclass(slots=True)
class Told:
    """When the watcher was told of the end, by registration."""

    at: dict[str, float] = field(default_factory=dict)
    states: dict[str, int] = field(default_factory=dict)

    async def listen(self, client: Client) -> None:
        """For ever."""
        everything = WatchRegistrationsRequest(filter=RegistrationFilter())
        async for message in client.watch(everything):
            event = message.event
            if message.WhichOneof("message") == "event" and event.state in DONE:
                self.at.setdefault(event.registration_id, time.perf_counter())
                self.states[event.registration_id] = event.state

    async def of(self, wanted: set[str]) -> None:
        """Until the watcher was told of all of these."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_SECONDS):
                while not wanted <= self.at.keys():  # noqa: ASYNC110 - another task's state
                    await asyncio.sleep(0.01)


async def _submit(client: Client, accepted: dict[str, float]) -> None:
    answer = await client.submit(request())
    accepted[answer.registration.id] = time.perf_counter()


async def _flood(client: Client, count: int, in_flight: int, accepted: dict[str, float]) -> None:
    places = asyncio.Semaphore(in_flight)

    async def one() -> None:
        async with places:
            await _submit(client, accepted)

    await asyncio.gather(*(one() for _ in range(count)))


async def _pace(client: Client, rate: int, accepted: dict[str, float]) -> None:
    tasks = []
    started = time.perf_counter()
    for number in range(rate * PACED_SECONDS):
        await asyncio.sleep(max(0.0, started + number / rate - time.perf_counter()))
        tasks.append(asyncio.create_task(_submit(client, accepted)))
    await asyncio.gather(*tasks)


async def _run(ready: dict[str, Any], count: int, in_flight: int, rate: int) -> dict[str, float]:
    told = Told()
    async with Client(ready["grpc"], ready["api_key"], timeout=60) as client:
        listening = asyncio.create_task(told.listen(client))
        warm: dict[str, float] = {}
        await _flood(client, 100, in_flight, warm)
        await told.of(set(warm))
        flood: dict[str, float] = {}
        started = time.perf_counter()
        await _flood(client, count, in_flight, flood)
        await told.of(set(flood))
        seconds = max(told.at.values()) - started
        paced: dict[str, float] = {}
        await _pace(client, rate, paced)
        await told.of(set(paced))
        listening.cancel()
    everything = warm | flood | paced
    times = [(told.at[key] - at) * 1000 for key, at in paced.items() if key in told.at]
    good = sum(
        state == RegistrationState.REGISTRATION_STATE_SUCCEEDED for state in told.states.values()
    )
    return {
        "registrations_per_second": count / seconds,
        "success_ratio": good / len(everything),
        "lost": len(everything.keys() - told.at.keys()),
        "paced_per_second": rate,
        "paced_p50_ms": percentile(times, 0.5),
        "paced_p95_ms": percentile(times, 0.95),
        "paced_p99_ms": percentile(times, 0.99),
    }


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--in-flight", type=int, default=64)
    parser.add_argument("--paced", type=int, default=50)
    given = parser.parse_args()
    report = Report("end_to_end")
    with postgres() as database, registrar(REGISTRAR_DATABASE_URL=database) as ready:
        report.figures = uvloop.run(_run(ready, given.count, given.in_flight, given.paced))
        ledger = f"{ready['sandbox']}/_sandbox/ledger"
        with urllib.request.urlopen(ledger, timeout=30) as answer:  # noqa: S310 - our own sandbox
            report.figures["duplicates"] = len(json.load(answer)["duplicates"])
    report.ratios = {
        "to_million_an_hour": report.figures["registrations_per_second"] / (1_000_000 / 3600)
    }
    report.show(as_json=given.json)


if __name__ == "__main__":
    main()
