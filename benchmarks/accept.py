"""Durable submits a second, against a bare echo with the same messages and the same client.

python -m benchmarks.accept [--json] [--seconds 6] [--in-flight 64] [--processes 2]

Both are served by as many processes as there are cores, and by one alone: `accept_to_echo` is of
the former, `accept_to_echo_one_process` of the latter. One client process sends to either, over
eight connections, which the kernel spreads.

`guarding_share` is what authentication and encryption take of an accept: their processor time,
against the time that an accept has where one process serves.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import multiprocessing
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any

import grpc
import uvloop

from benchmarks.guarding import microseconds
from benchmarks.report import Report, percentile
from benchmarks.system import postgres, registrar, request
from registrar.client import Client
from registrar.client.channel import connect
from registrar.client.messages import SubmitRegistrationRequest, SubmitRegistrationResponse

METHOD = "/benchmarks.Echo/Submit"
CONNECTIONS = 8
OWN_CONNECTION = (("grpc.use_local_subchannel_pool", 1),)
"""Channels of one process to one address share a connection otherwise."""


async def _serve(address: str, ready: Any) -> None:  # noqa: ANN401 - one end of a pipe
    answer = SubmitRegistrationResponse(created=True, resume_token="x" * 100)

    async def echo(sent: SubmitRegistrationRequest, _context: object) -> SubmitRegistrationResponse:
        answer.registration.product.CopyFrom(sent.product)
        return answer

    handler = grpc.unary_unary_rpc_method_handler(
        echo,
        request_deserializer=SubmitRegistrationRequest.FromString,
        response_serializer=SubmitRegistrationResponse.SerializeToString,
    )
    server = grpc.aio.server(options=(("grpc.so_reuseport", 1),))
    service, method = METHOD.strip("/").split("/")
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(service, {method: handler}),)
    )
    ready.send(server.add_insecure_port(address))
    await server.start()
    await server.wait_for_termination()


def _echo_process(address: str, ready: Any) -> None:  # noqa: ANN401
    uvloop.run(_serve(address, ready))


@contextmanager
def _echoing(processes: int) -> Iterator[str]:
    """So many processes on one address."""
    context = multiprocessing.get_context("spawn")
    address, started = "127.0.0.1:0", []
    try:
        for _ in range(processes):
            ours, theirs = context.Pipe()
            one = context.Process(target=_echo_process, args=(address, theirs), daemon=True)
            one.start()
            started.append(one)
            address = f"127.0.0.1:{ours.recv()}"
        yield address
    finally:
        for one in started:
            one.terminate()


async def _loop(
    call: Callable[[], Awaitable[object]], in_flight: int, seconds: float
) -> tuple[float, list[float]]:
    """Calls a second in a closed loop, and their times in milliseconds."""
    times: list[float] = []
    ends = time.perf_counter() + seconds

    async def caller() -> None:
        while time.perf_counter() < ends:
            started = time.perf_counter()
            await call()
            times.append((time.perf_counter() - started) * 1000)

    started = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(in_flight)))
    return len(times) / (time.perf_counter() - started), times


async def _echo(address: str, in_flight: int, seconds: float) -> float:
    async with AsyncExitStack() as stack:
        methods = []
        for _ in range(CONNECTIONS):
            channel = await stack.enter_async_context(connect(address, options=OWN_CONNECTION))
            methods.append(
                channel.unary_unary(
                    METHOD,
                    request_serializer=SubmitRegistrationRequest.SerializeToString,
                    response_deserializer=SubmitRegistrationResponse.FromString,
                )
            )
        turns = itertools.cycle(methods)
        await _loop(lambda: next(turns)(request(), timeout=10), in_flight, 1)
        rate, _ = await _loop(lambda: next(turns)(request(), timeout=10), in_flight, seconds)
        return rate


async def _accept(
    ready: dict[str, Any], in_flight: int, seconds: float
) -> tuple[float, list[float]]:
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(
                Client(ready["grpc"], ready["api_key"], options=OWN_CONNECTION)
            )
            for _ in range(CONNECTIONS)
        ]
        turns = itertools.cycle(clients)
        await _loop(lambda: next(turns).submit(request()), in_flight, 1)
        return await _loop(lambda: next(turns).submit(request()), in_flight, seconds)


def _measured(processes: int, in_flight: int, seconds: float) -> tuple[float, float, list[float]]:
    """Echoes and accepts a second, and the accepts' times."""
    with _echoing(processes) as address:
        echo = uvloop.run(_echo(address, in_flight, seconds))
    # Accepted and not carried out: nobody dispatches.
    idle = ("--dispatch", "0", "--work", "0", "--serve", str(processes))
    with postgres() as database, registrar(*idle, REGISTRAR_DATABASE_URL=database) as ready:
        rate, times = uvloop.run(_accept(ready, in_flight, seconds))
    return echo, rate, times


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--in-flight", type=int, default=64)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    report = Report("accept")
    echo, rate, times = _measured(given.processes, given.in_flight, given.seconds)
    echo_alone, alone, _ = _measured(1, given.in_flight, given.seconds)
    with postgres() as database:
        guarding = uvloop.run(microseconds(database))
    report.figures = {
        "processes": given.processes,
        "accepts_per_second": rate,
        "p50_ms": percentile(times, 0.5),
        "p99_ms": percentile(times, 0.99),
        "accepts_per_second_one_process": alone,
        "guarding_microseconds": guarding,
    }
    report.ceilings = {"echo_per_second": echo, "echo_per_second_one_process": echo_alone}
    report.ratios = {
        "accept_to_echo": rate / echo,
        "accept_to_echo_one_process": alone / echo_alone,
        "guarding_share": guarding * alone / 1e6,
    }
    report.show(as_json=given.json)


if __name__ == "__main__":
    main()
