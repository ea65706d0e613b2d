"""What healthy manufacturers notice of one that hangs and one that answers nothing but errors.

`beside`: each of the twelve has as many registrations as any other. `flooded`: the two that burn
have as many as the ten together, so that there is twice the work for what they all share.

python -m benchmarks.isolation [--json] [--seconds 20] [--rate 20]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.end_to_end import Told
from benchmarks.report import Report, percentile
from benchmarks.system import postgres, registrar, request
from registrar.client import Client
from registrar.client.messages import RegistrationState
from registrar.connectors.kit.catalogue import PACKAGED
from registrar.sandbox import Sandbox, SandboxSettings

HEALTHY = tuple(f"healthy_{number}" for number in range(10))
HUNG, STORMING = BURNING = "hung", "storming"
WARM_SECONDS = 10
EXPECTED = 1.2
"""At most so much slower."""

ERROR = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@asynccontextmanager
async def _burning(*, answers: bool) -> AsyncIterator[str]:
    """A manufacturer that answers every request with an error, or none at all."""

    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        if answers:
            writer.write(ERROR)
            await writer.drain()
        else:
            # Until the caller has had enough.
            await reader.read()
        writer.close()

    server = await asyncio.start_server(met, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def _manifests(folder: Path, makers: Sequence[str]) -> None:
    text = (PACKAGED / "acme" / "manifest.yaml").read_text(encoding="utf-8")
    for maker in makers:
        place = folder / maker
        place.mkdir()
        (place / "manifest.yaml").write_text(text.replace("id: acme", f"id: {maker}", 1))


async def _pace(
    client: Client, makers: Sequence[str], rate: float, seconds: float
) -> dict[str, float]:
    """Submitted in turns; when each was accepted."""
    accepted: dict[str, float] = {}

    async def one(maker: str) -> None:
        made = request()
        made.manufacturer_id = maker
        answer = await client.submit(made)
        accepted[answer.registration.id] = time.perf_counter()

    started, turn = time.perf_counter(), cycle(makers)
    async with asyncio.TaskGroup() as group:
        for number in range(round(rate * seconds)):
            await asyncio.sleep(max(0.0, started + number / rate - time.perf_counter()))
            group.create_task(one(next(turn)))
    return accepted


async def _measured(ready: dict[str, Any], rate: float, seconds: float) -> dict[str, float]:
    told = Told()
    async with Client(ready["grpc"], ready["api_key"], timeout=60) as client:
        listening = asyncio.create_task(told.listen(client))

        async def healthy(lasts: float) -> list[float]:
            accepted = await _pace(client, HEALTHY, rate, lasts)
            await told.of(set(accepted))
            return [(told.at.get(key, math.inf) - at) * 1000 for key, at in accepted.items()]

        async def while_burning(burning_rate: float) -> list[float]:
            # Long before it is measured, and all the while.
            lasts = WARM_SECONDS + seconds
            burning = asyncio.create_task(_pace(client, BURNING, burning_rate, lasts))
            await asyncio.sleep(WARM_SECONDS)
            found = await healthy(seconds)
            await burning
            return found

        await healthy(WARM_SECONDS)
        quiet = await healthy(seconds)
        beside = await while_burning(rate * len(BURNING) / len(HEALTHY))
        flooded = await while_burning(rate)
        listening.cancel()
    # Of the burning ones none can have.
    succeeded = list(told.states.values()).count(RegistrationState.REGISTRATION_STATE_SUCCEEDED)
    every = {"quiet": quiet, "beside": beside, "flooded": flooded}
    return {
        "success_ratio": succeeded / round(rate * (WARM_SECONDS + len(every) * seconds)),
        **{f"{name}_p50_ms": percentile(times, 0.5) for name, times in every.items()},
        **{f"{name}_p95_ms": percentile(times, 0.95) for name, times in every.items()},
        "expected_at_most": EXPECTED,
    }


async def _run(rate: float, seconds: float) -> dict[str, float]:
    """With all the servers that it takes."""
    sandbox = Sandbox(SandboxSettings(partners=("acme",)))
    base = f"http://127.0.0.1:{await sandbox.start()}"
    with tempfile.TemporaryDirectory(prefix="registrar-makers-") as name, postgres() as database:
        _manifests(Path(name), (*HEALTHY, *BURNING))
        async with _burning(answers=False) as hung, _burning(answers=True) as storming:
            urls = dict.fromkeys(HEALTHY, f"{base}/acme/partner/v1")
            urls |= {HUNG: hung, STORMING: storming}
            settings = {
                "REGISTRAR_DATABASE_URL": database,
                "REGISTRAR_CONNECTORS_FOLDER": name,
                "REGISTRAR_CONNECTOR_URLS": json.dumps(urls),
            }
            # Nobody asks the manufacturers before it is ready.
            with registrar(**settings) as ready:
                return await _measured(ready, rate, seconds)


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rate", type=float, default=20)
    given = parser.parse_args()
    report = Report("isolation")
    report.figures = uvloop.run(_run(given.rate, given.seconds))
    quiet = report.figures["quiet_p95_ms"]
    report.ratios = {
        f"{name}_to_quiet_p95": report.figures[f"{name}_p95_ms"] / quiet
        for name in ("beside", "flooded")
    }
    report.show(as_json=given.json)


if __name__ == "__main__":
    main()
