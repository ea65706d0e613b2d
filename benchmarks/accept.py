"""Durable submits a second, against a bare echo with the same messages and the same client.

python -m benchmarks.accept [--json] [--seconds 6] [--in-flight 64]
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import time
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import uvloop

from benchmarks.report import Report, percentile
from benchmarks.system import postgres, registrar, request
from registrar.client import Client
from registrar.client.channel import connect
from registrar.client.messages import SubmitRegistrationRequest, SubmitRegistrationResponse

METHOD = "/benchmarks.Echo/Submit"


async def _serve(ready: Any) -> None:  # noqa: ANN401 - one end of a pipe
    answer = SubmitRegistrationResponse(created=True, resume_token="x" * 100)

    async def echo(sent: SubmitRegistrationRequest, _context: object) -> SubmitRegistrationResponse:
        answer.registration.product.CopyFrom(sent.product)
        return answer

    handler = grpc.unary_unary_rpc_method_handler(
        echo,
        request_deserializer=SubmitRegistrationRequest.FromString,
        response_serializer=SubmitRegistrationResponse.SerializeToString,
    )
    server = grpc.aio.server()
    service, method = METHOD.strip("/").split("/")
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(service, {method: handler}),)
    )
    ready.send(server.add_insecure_port("127.0.0.1:0"))
    await server.start()
    await server.wait_for_termination()


def _echo_process(ready: Any) -> None:  # noqa: ANN401
    uvloop.run(_serve(ready))


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


async def _echo(port: int, in_flight: int, seconds: float) -> float:
    async with connect(f"127.0.0.1:{port}") as channel:
        method = channel.unary_unary(
            METHOD,
            request_serializer=SubmitRegistrationRequest.SerializeToString,
            response_deserializer=SubmitRegistrationResponse.FromString,
        )
        await _loop(lambda: method(request(), timeout=10), in_flight, 1)
        rate, _ = await _loop(lambda: method(request(), timeout=10), in_flight, seconds)
        return rate


async def _accept(
    ready: dict[str, Any], in_flight: int, seconds: float
) -> tuple[float, list[float]]:
    async with Client(ready["grpc"], ready["api_key"]) as client:
        await _loop(lambda: client.submit(request()), in_flight, 1)
        return await _loop(lambda: client.submit(request()), in_flight, seconds)


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--in-flight", type=int, default=64)
    given = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_echo_process, args=(theirs,), daemon=True)
    process.start()
    report = Report("accept")
    echo = uvloop.run(_echo(ours.recv(), given.in_flight, given.seconds))
    process.terminate()
    # Accepted and not carried out: nobody dispatches.
    with (
        postgres() as database,
        registrar("--dispatch", "0", "--work", "0", REGISTRAR_DATABASE_URL=database) as ready,
    ):
        rate, times = uvloop.run(_accept(ready, given.in_flight, given.seconds))
    report.figures = {
        "accepts_per_second": rate,
        "p50_ms": percentile(times, 0.5),
        "p99_ms": percentile(times, 0.99),
    }
    report.ceilings = {"echo_per_second": echo}
    report.ratios = {"accept_to_echo": rate / echo}
    report.show(as_json=given.json)


if __name__ == "__main__":
    main()
