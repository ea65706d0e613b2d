"""The processes: serve, dispatch, work, sandbox, migrate. Each runs until SIGTERM, then drains."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from typing import Annotated, Any, TypeVar

import typer
import uvloop

from registrar.cli.leash import at_end_of_input
from registrar.config import settings as config
from registrar.config.settings import ELSEWHERE, Settings
from registrar.domain.errors import ConfigurationError, Unavailable
from registrar.ports.queue import BROWSER
from registrar.telemetry import logs

app = typer.Typer()
Made = TypeVar("Made")
AWAY = 3

Json = Annotated[bool, typer.Option("--json", help="One JSON line when ready.")]
State = Annotated[str, typer.Option("--ledger", "--state", help="The file of what happened.")]
Seed = Annotated[int, typer.Option(help="Faults and references follow from it.")]
Queues = Annotated[
    list[str] | None, typer.Option("--queue", help="Of these only: api, browser, maintenance.")
]
UntilEof = Annotated[bool, typer.Option("--until-eof", help="Stop when standard input ends, too.")]


def said(line: dict[str, Any]) -> None:
    """One line on standard output, for whoever started the process."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def configured(work: Callable[[], Made]) -> Made:
    """What it gives; a wrong setting ends the process with its name."""
    try:
        return work()
    except ConfigurationError as error:
        typer.echo(f"registrar: {error}", err=True)
        raise typer.Exit(2) from None


def loaded(**given: Any) -> Settings:  # noqa: ANN401 - any setting
    """The settings, with the logs set up; a wrong setting ends the process with its name."""

    def work() -> Settings:
        made = config.load(**given)
        if "env" in {made.key_provider, made.key_provider_before}:
            _ = made.root  # named now, not at the first use
        return made

    made = configured(work)
    logs.configure(made.log_level, made.log_format)
    return made


YOUNG_OBJECTS = 50_000
"""A call makes thousands of short-lived objects and hardly a cycle: collecting them at every 700
took a twelfth of the time."""


def until_stopped(
    work: Callable[[asyncio.Event], Coroutine[Any, Any, None]], *, until_eof: bool
) -> None:
    """Run on uvloop; the event is set at SIGTERM, at SIGINT, or when standard input ends."""
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)

    async def main() -> None:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for one in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(one, stopping.set)
        if until_eof:
            at_end_of_input(stopping.set)
        await work(stopping)

    try:
        uvloop.run(main())
    except ConfigurationError as error:
        # What only shows when the parts are built.
        typer.echo(f"registrar: {error}", err=True)
        raise typer.Exit(2) from None


async def first(stopping: asyncio.Event, work: Awaitable[None]) -> None:
    """Until stopped, or the work ends by itself: with its error, if it has one."""
    task = asyncio.ensure_future(work)
    waiting = asyncio.ensure_future(stopping.wait())
    await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if task.done():
        await task
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@app.command()
def serve(listen: str = "", *, as_json: Json = False, until_eof: UntilEof = False) -> None:
    """Serve gRPC: registrations, connectors, artifacts, notifications, analytics, keys; health."""
    from registrar.app.statistics.analytics import Analytics  # noqa: PLC0415 - slow
    from registrar.bootstrap.parts import serving  # noqa: PLC0415 - slow
    from registrar.cli.listening import credentials  # noqa: PLC0415 - slow
    from registrar.rpc.server import GrpcServer, ServerSettings, Uses  # noqa: PLC0415 - slow

    settings = loaded(**({"listen": listen} if listen else {}))
    protected = configured(lambda: credentials(settings))

    async def life(stack: AsyncExitStack) -> None:
        parts = await stack.enter_async_context(serving(settings))
        server = GrpcServer(
            Uses(
                parts.registrations,
                parts.core.catalogue,
                parts.api_keys.authenticate,
                parts.core.store.ping,
                parts.connectors,
                parts.tracing,
                parts.core.artifacts,
                parts.notifications,
                parts.connector_watches,
                Analytics(parts.core.store.statistics, parts.core.clock),
                parts.api_keys,
                parts.rate_limits,
            ),
            ServerSettings(
                address=settings.listen,
                credentials=protected,
                health_address=settings.health_listen,
                grace=settings.drain_seconds,
                propagation=settings.propagation_seconds,
                patience=settings.watch_patience_seconds,
            ),
        )
        stack.push_async_callback(server.drain)
        port = await server.start()
        host = settings.listen.rpartition(":")[0]
        if as_json:
            health = {"health": server.health_port} if server.health_port else {}
            said({"grpc": f"{host}:{port}", "pid": os.getpid(), **health})
        await asyncio.Event().wait()

    async def work(stopping: asyncio.Event) -> None:
        async with AsyncExitStack() as stack:
            # It can be stopped while it still waits for its database.
            await first(stopping, life(stack))

    until_stopped(work, until_eof=until_eof)


@app.command()
def dispatch(*, as_json: Json = False, until_eof: UntilEof = False) -> None:
    """Release due registrations to the workers, and sweep what was left behind."""
    settings = loaded()
    # A wrong setting is told before what takes so long.
    from registrar.bootstrap.parts import dispatching  # noqa: PLC0415 - slow

    async def life(stack: AsyncExitStack) -> None:
        dispatcher = await stack.enter_async_context(dispatching(settings))
        if as_json:
            said({"dispatch": True, "pid": os.getpid()})
        await dispatcher.run()

    async def work(stopping: asyncio.Event) -> None:
        async with AsyncExitStack() as stack:
            # It can be stopped while it still waits for its store of keys.
            await first(stopping, life(stack))

    until_stopped(work, until_eof=until_eof)


@app.command()
def work(queues: Queues = None, *, as_json: Json = False, until_eof: UntilEof = False) -> None:
    """Carry out registrations: Dramatiq on `registrar.workers.main`.

    Forms are filled by processes of their own, with `--queue browser`.
    """
    from registrar.workers.boot import LEASHED  # noqa: PLC0415 - slow
    from registrar.workers.messages import consumed  # noqa: PLC0415 - slow

    settings = loaded()
    chosen = consumed(queues or ())
    if BROWSER in chosen and settings.browser == ELSEWHERE:
        typer.echo("registrar: browser: whoever fills forms needs one of its own", err=True)
        raise typer.Exit(2)
    threads = settings.browser_forms if BROWSER in chosen else settings.worker_threads
    environment = os.environ | {
        "dramatiq_queue_prefetch": str(threads),
        LEASHED: "yes",
    }
    command = [
        *(sys.executable, "-m", "registrar.cli.leash"),
        *("--grace", str(settings.drain_seconds + 4)),
        *("--workers", str(settings.worker_processes if as_json else 0)),
        *(["--until-eof"] if until_eof else []),
        *("--", sys.executable, "-m", "dramatiq", "registrar.workers.main:broker"),
        *("--processes", str(settings.worker_processes)),
        *("--threads", str(threads)),
        *("--queues", *chosen),
        *("--worker-shutdown-timeout", str(round(settings.drain_seconds * 1000) + 2000)),
        "--skip-logging",
    ]
    os.execve(sys.executable, command, environment)  # noqa: S606 - our own program, no shell


@app.command()
def sandbox(
    port: int = 0,
    ledger: State = ":memory:",
    seed: Seed = 0,
    *,
    as_json: Json = False,
    until_eof: UntilEof = False,
) -> None:
    """Simulated manufacturers with a ledger of what was registered; `/_sandbox/` shows it."""
    from registrar.sandbox import Sandbox, SandboxSettings  # noqa: PLC0415 - an extra

    async def work(stopping: asyncio.Event) -> None:
        made = Sandbox(SandboxSettings(ledger=ledger, seed=seed))
        bound = await made.start(port=port)
        if as_json:
            said({"sandbox": f"http://127.0.0.1:{bound}", "pid": os.getpid()})
        await stopping.wait()
        await made.close()

    until_stopped(work, until_eof=until_eof)


@app.command()
def migrate() -> None:
    """Bring the database's schema up to date, and that of the store of keys beside it."""
    from registrar.bootstrap.vaults import migrated  # noqa: PLC0415 - slow

    settings = loaded()
    try:
        configured(lambda: asyncio.run(migrated(settings)))
    except Unavailable as error:
        typer.echo(f"registrar: {type(error).__name__}: {error}", err=True)
        raise typer.Exit(AWAY) from None
