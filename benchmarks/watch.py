"""From the commit of an event until each of many watchers is told; and what a watcher costs.

python -m benchmarks.watch [--json] [--watchers 1000] [--rounds 5] [--clients 2]

The time ends where the Python client hands the event to its caller, so the clients' work is in the
figure, as much for a message as the server's. Several processes share it; but they, the server, its
database and Redis share this machine. The event also ends the watches, so that their closings and
statuses are in the same crowd.

What a watcher costs is what the server grows by while they come, a few at a time and not the first:
what a thousand at once take for a moment, mostly to read the database, is another figure.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.report import Report, percentile
from benchmarks.system import registrar, request, resident_bytes
from registrar.client import Client
from registrar.client.messages import RegistrationIds, WatchRegistrationsRequest

LONGEST_SECONDS = 60.0
AT_ONCE = 10


def _serving(pid: int) -> int:
    """The child that serves."""
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            if b"serve" in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0"):
                return child
    raise RuntimeError("nobody serves")


async def _watcher(client: Client, key: str, attached: asyncio.Semaphore) -> float:
    """When it was told of the cancellation."""
    selected = WatchRegistrationsRequest(
        registration_ids=RegistrationIds(ids=[key]), send_initial_state=True
    )
    async for message in client.watch(selected):
        if message.WhichOneof("message") == "snapshot":
            attached.release()
        if message.WhichOneof("message") == "event":
            return time.time()
    raise RuntimeError("the watch ended without the event")


async def _watch(pipe: Connection, ready: dict[str, Any], key: str, watchers: int) -> list[float]:
    attached = asyncio.Semaphore(0)
    async with Client(ready["grpc"], ready["api_key"], timeout=30) as client:
        tasks = []
        for number in range(watchers):
            tasks.append(asyncio.create_task(_watcher(client, key, attached)))
            if number >= AT_ONCE:
                await attached.acquire()
        for _ in range(min(AT_ONCE, watchers)):
            await attached.acquire()
        pipe.send(None)
        return await asyncio.gather(*tasks)


def _client(pipe: Connection, ready: dict[str, Any], watchers: int) -> None:
    """A process of watchers: told a registration, says when they are attached, then their times."""
    while key := pipe.recv():
        pipe.send(uvloop.run(_watch(pipe, ready, key, watchers)))


@contextmanager
def _clients(ready: dict[str, Any], watchers: int, clients: int) -> Iterator[list[Connection]]:
    context = multiprocessing.get_context("spawn")
    pipes = []
    for number in range(clients):
        ours, theirs = context.Pipe()
        share = watchers // clients + (number < watchers % clients)
        context.Process(target=_client, args=(theirs, ready, share), daemon=True).start()
        pipes.append(ours)
    try:
        yield pipes
    finally:
        for pipe in pipes:
            pipe.send(None)


async def _received(pipes: list[Connection]) -> list[Any]:
    async with asyncio.timeout(LONGEST_SECONDS):
        return [await asyncio.to_thread(pipe.recv) for pipe in pipes]


async def _submitted(client: Client) -> str:
    """One that nobody carries out meanwhile."""
    sent = request()
    sent.not_before.FromDatetime(datetime.now(UTC) + timedelta(days=1))
    sent.complete_by.FromDatetime(datetime.now(UTC) + timedelta(days=2))
    return (await client.submit(sent)).registration.id


async def _first(client: Client) -> None:
    """What only the first watcher pays."""
    key, attached = await _submitted(client), asyncio.Semaphore(0)
    task = asyncio.create_task(_watcher(client, key, attached))
    await attached.acquire()
    await client.cancel(key)
    await task


async def _round(
    client: Client, pipes: list[Connection], serving: int
) -> tuple[list[float], float]:
    """Milliseconds of each watcher, and what they made the server grow by."""
    key = await _submitted(client)
    before = resident_bytes(serving)
    for pipe in pipes:
        pipe.send(key)
    await _received(pipes)
    grown = resident_bytes(serving) - before
    await client.cancel(key)
    told = [one for times in await _received(pipes) for one in times]
    event = (await client.events(key))[-1]
    committed = event.event_time.ToDatetime(UTC).timestamp()
    return [(one - committed) * 1000 for one in told], grown / len(told)


async def _run(ready: dict[str, Any], pipes: list[Connection], rounds: int) -> dict[str, float]:
    serving = _serving(ready["pid"])
    async with Client(ready["grpc"], ready["api_key"], timeout=30) as client:
        await _first(client)
        found = [await _round(client, pipes, serving) for _ in range(rounds)]
    times = [one for each, _ in found for one in each]
    return {
        "watchers": len(found[0][0]),
        "clients": len(pipes),
        "fanout_p50_ms": percentile(times, 0.5),
        "fanout_p99_ms": percentile(times, 0.99),
        # Later rounds reuse what the first has freed.
        "bytes_per_watcher": found[0][1],
    }


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--watchers", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clients", type=int, default=2)
    given = parser.parse_args()
    report = Report("watch")
    with (
        registrar() as ready,
        _clients(ready, given.watchers, given.clients) as pipes,
    ):
        report.figures = uvloop.run(_run(ready, pipes, given.rounds))
    report.ceilings = {"target_p99_ms": 100.0}
    report.ratios = {"p99_to_target": report.figures["fanout_p99_ms"] / 100.0}
    report.show(as_json=given.json)


if __name__ == "__main__":
    main()
