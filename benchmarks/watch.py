"""From the commit of an event until each of many watchers is told; and what a watcher costs.

python -m benchmarks.watch [--json] [--watchers 1000] [--rounds 5]
"""

from __future__ import annotations

import argparse
import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.report import Report, percentile
from benchmarks.system import registrar, request, resident_bytes
from registrar.client import Client
from registrar.client.messages import RegistrationIds, WatchRegistrationsRequest

ATTACHED_SECONDS = 60.0


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


async def _round(client: Client, watchers: int, serving: int) -> tuple[list[float], float]:
    sent = request()
    sent.not_before.FromDatetime(datetime.now(UTC) + timedelta(days=1))
    sent.complete_by.FromDatetime(datetime.now(UTC) + timedelta(days=2))
    key = (await client.submit(sent)).registration.id
    attached = asyncio.Semaphore(0)
    before = resident_bytes(serving)
    tasks = [asyncio.create_task(_watcher(client, key, attached)) for _ in range(watchers)]
    async with asyncio.timeout(ATTACHED_SECONDS):
        for _ in range(watchers):
            await attached.acquire()
    grown = resident_bytes(serving) - before
    await client.cancel(key)
    told = await asyncio.gather(*tasks)
    event = (await client.events(key))[-1]
    committed = event.event_time.ToDatetime(UTC).timestamp()
    return [(one - committed) * 1000 for one in told], grown / watchers


async def _run(ready: dict[str, Any], watchers: int, rounds: int) -> dict[str, float]:
    serving = _serving(ready["pid"])
    async with Client(ready["grpc"], ready["api_key"], timeout=30) as client:
        found = [await _round(client, watchers, serving) for _ in range(rounds)]
    times = [one for each, _ in found for one in each]
    return {
        "watchers": watchers,
        "fanout_p50_ms": percentile(times, 0.5),
        "fanout_p99_ms": percentile(times, 0.99),
        # The first round pays; the later ones reuse what it has freed.
        "bytes_per_watcher": found[0][1],
    }


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--watchers", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    report = Report("watch")
    with registrar() as ready:
        report.figures = uvloop.run(_run(ready, given.watchers, given.rounds))
    report.ceilings = {"target_p99_ms": 100.0}
    report.ratios = {"p99_to_target": report.figures["fanout_p99_ms"] / 100.0}
    report.show(as_json=given.json)


if __name__ == "__main__":
    main()
