"""What a connector costs an attempt: making the request, reading the answer, and the HTTP client.

python -m benchmarks.connectors [--json] [--seconds 2] [--rounds 3] [--in-flight 32]

The pure parts are measured for each manufacturer with an API, with the plainest record of its
scenarios and the answer that the sandbox gives to it. `transport_to_plain_httpx` is requests a
second of the kit's HTTP client to those of httpx as it comes: the same requests, as many in flight,
to a server in a process of its own, in turns. What the kit bounds and reads is in its figure.

`imports` is fifty registrations of Microsoft's that share their request against fifty one after the
other, to the sandbox in a process of its own, in turns: registrations a second, and requests a
registration as the sandbox counts them. Without each device once in its ledger there is no figure.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import uvloop

from benchmarks import batches
from benchmarks.beside import serving
from benchmarks.report import Report
from registrar.connectors.kit import classify, reading
from registrar.connectors.kit.catalogue import PACKAGED
from registrar.connectors.kit.connector import HttpConnector
from registrar.connectors.kit.http import HttpClient, Reply, Request
from registrar.outbound import Reach
from registrar.ports.connector import Job
from registrar.testing.conformance import runner
from registrar.testing.conformance.stage import stage
from registrar.testing.conformance.subject import Seams, Subject

ANSWER = b'{"registration_id": "ACM-000001", "status": "registered"}'
SAID = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
    len(ANSWER),
    ANSWER,
)
PURE_SECONDS = 0.3
MICROSECONDS = 1e6


class _Maker(asyncio.Protocol):
    """Says yes to every request; it must cost less than the clients that ask it."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Of one connection."""
        self._transport: Any = transport
        self._got = b""

    def data_received(self, data: bytes) -> None:
        """A client sends its next request after the answer."""
        self._got += data
        head, end, body = self._got.partition(b"\r\n\r\n")
        length = next(
            (
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            ),
            0,
        )
        if end and len(body) >= length:
            self._got = b""
            self._transport.write(SAID)


async def _serve(ready: Any) -> None:  # noqa: ANN401 - one end of a pipe
    server = await asyncio.get_running_loop().create_server(_Maker, "127.0.0.1", 0)
    ready.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


async def _rate(send: Callable[[], Awaitable[object]], in_flight: int, seconds: float) -> float:
    """Requests a second."""
    until = time.perf_counter() + seconds
    done = 0

    async def one_after_the_other() -> None:
        nonlocal done
        while time.perf_counter() < until:
            await send()
            done += 1

    started = time.perf_counter()
    await asyncio.gather(*(one_after_the_other() for _ in range(in_flight)))
    return done / (time.perf_counter() - started)


async def _transports(
    address: str, body: object, in_flight: int, rounds: int, seconds: float
) -> tuple[float, float]:
    """Ours and plain httpx, the median of the rounds."""
    ours, plain = HttpClient(in_flight, Reach(local=True)), httpx.AsyncClient()
    request = Request("POST", address, {}, {}, body)

    async def by_ours() -> None:
        reply = await ours.send(request, read_timeout=10, max_body=65536)
        _expect(reply.body["status"])

    async def by_plain() -> None:
        response = await plain.post(address, json=body)
        _expect(response.json()["status"])

    found: dict[str, list[float]] = {"ours": [], "plain": []}
    for _ in range(rounds):
        found["ours"].append(await _rate(by_ours, in_flight, seconds))
        found["plain"].append(await _rate(by_plain, in_flight, seconds))
    await asyncio.gather(ours.close(), plain.aclose())
    return median(found["ours"]), median(found["plain"])


def _expect(status: str) -> None:
    if status != "registered":
        raise RuntimeError("another answer")


class _Keeping(HttpClient):
    """Keeps the last answer."""

    reply: Reply

    async def send(self, request: Request, *, read_timeout: float, max_body: int) -> Reply:
        """As it does."""
        self.reply = await super().send(request, read_timeout=read_timeout, max_body=max_body)
        return self.reply


@dataclass(frozen=True, slots=True)
class _Pure:
    """What the pure steps of one manufacturer are measured with."""

    connector: HttpConnector
    job: Job
    reply: Reply

    def mapping(self) -> object:
        """The request of a record."""
        return self.connector.prepare(self.connector.tier.submit, self.job)

    def classify(self) -> object:
        """The outcome of an answer."""
        return classify.submitted(self.connector.tier, self.reply)


async def _pure(subject: Subject) -> _Pure:
    """With the sandbox's own answer."""
    keeping = _Keeping(reach=Reach(local=True))

    def kept(connector: HttpConnector) -> HttpConnector:
        return replace(connector, exchange=replace(connector.exchange, http=keeping))

    job = subject.scenarios.first.job()
    async with stage(replace(subject, seams=Seams(wrap=kept))) as here:
        await here.wrapped.submit(job)
        await keeping.close()
        return _Pure(here.connector, job, keeping.reply)


def _cost(work: Callable[[], object]) -> float:
    """Microseconds of one, the median of batches."""
    costs = []
    until = time.perf_counter() + PURE_SECONDS
    while time.perf_counter() < until:
        started = time.perf_counter()
        for _ in range(100):
            work()
        costs.append((time.perf_counter() - started) / 100 * MICROSECONDS)
    return median(costs)


def _costs(folders: list[Path]) -> dict[str, float]:
    """By manufacturer; those without an API make no requests."""
    figures: dict[str, float] = {}
    for folder in folders:
        subject = runner.subject(folder)
        if subject.manifest.api is None or not subject.scenarios.place.path:
            continue
        pure = asyncio.run(_pure(subject))
        mapping, reads = _cost(pure.mapping), _cost(pure.classify)
        figures[f"{subject.id}.mapping_us"] = mapping
        figures[f"{subject.id}.classify_us"] = reads
        figures[f"{subject.id}.attempt_us"] = mapping + reads
    return figures


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--in-flight", type=int, default=32)
    given = parser.parse_args()
    report = Report("connectors")
    folders = [path.parent for path in reading.files(PACKAGED)]
    report.figures = _costs(folders)
    body: object = runner.subject(PACKAGED / "acme").scenarios.first.data
    with serving(_serve) as address:
        url = f"{address}/registrations"
        ours, plain = uvloop.run(
            _transports(url, body, given.in_flight, given.rounds, given.seconds)
        )
    report.figures["transport_per_second"] = ours
    report.ceilings["plain_httpx_per_second"] = plain
    report.ratios["transport_to_plain_httpx"] = ours / plain
    batches.measure(report, given.rounds)
    report.show(as_json=given.json)


if __name__ == "__main__":
    main()
