"""`registrar demo`: the whole system, real-looking registrations, and the proof at the end."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from registrar.cli import output, samples
from registrar.cli.follow import Followed, State, follow
from registrar.cli.output import Json
from registrar.cli.registrations import read
from registrar.client import Client
from registrar.client.messages import (
    FulfillmentTier,
    Registration,
    RegistrationOutcome,
    SubmitRegistrationRequest,
)

app = typer.Typer()
SECONDS = 300.0
STOP_SECONDS = 20.0
BATCH = 100

TIERS = {
    "api": FulfillmentTier.FULFILLMENT_TIER_API,
    "web": FulfillmentTier.FULFILLMENT_TIER_WEB_AUTOMATION,
    "manual": FulfillmentTier.FULFILLMENT_TIER_MANUAL_ASSIST,
}
TROUBLE: list[dict[str, Any]] = [
    {"fault": "commit_then_drop", "step": "submit", "probability": 0.05},
    {"fault": "reset_before_commit", "step": "submit", "probability": 0.03},
    {"fault": "throttle", "step": "submit", "probability": 0.03, "retry_after": 1},
    {"fault": "status", "status": 500, "step": "submit", "probability": 0.03},
    {"fault": "latency", "seconds": 0.02},
]
"""A bad day at the manufacturers: lost answers, resets, throttling and failures."""


@asynccontextmanager
async def _system(folder: Path, options: list[str]) -> AsyncIterator[dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "registrar.cli", "dev", "--state-dir", str(folder)),
        *("--port", "0", "--json", "--until-eof", *options),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        line = await process.stdout.readline() if process.stdout else b""
        if not line:
            raise typer.Exit(1)
        yield json.loads(line)
    finally:
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()


async def _ask(url: str, method: str = "GET", body: Any = None) -> Any:  # noqa: ANN401 - JSON
    """The sandbox's own control interface."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method)  # noqa: S310 - our own sandbox

    def call() -> Any:  # noqa: ANN401
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.load(answer)

    return await asyncio.to_thread(call)


@app.command()
def demo(
    file: Annotated[Path, typer.Argument(help="JSON lines of registrations.")] = Path(
        "examples/registrations.jsonl"
    ),
    *,
    processes: Annotated[int, typer.Option(min=1, help="Of serve, dispatch and work each.")] = 1,
    keep: Annotated[
        Path, typer.Option(help="Where pictures of forms, guides and a proof are left.")
    ] = Path(".registrar/demo"),
    as_json: Json = False,
) -> None:
    """Run everything, submit the examples on a bad day, and count what became of them."""
    requests = read(iter(file.read_text(encoding="utf-8").splitlines()))
    summary, wanted, files = asyncio.run(_run(requests, processes))
    samples.written(files, keep)
    output.chatter.print(f"{len(files)} pictures and papers are in {keep}", markup=False)
    if as_json:
        output.line(summary)
    else:
        rows = output.table("Summary", "what", "count")
        for name, value in summary.items():
            rows.add_row(name.replace("_", " "), _shown(value))
        output.out.print(rows)
    if summary["lost"] or summary["duplicates"] or summary["submitted"] != wanted:
        raise typer.Exit(1)


def _shown(value: object) -> str:
    parts = value.items() if isinstance(value, dict) else ()
    return ", ".join(f"{word} {count}" for word, count in parts) or str(value)


async def _run(
    requests: list[SubmitRegistrationRequest], processes: int
) -> tuple[dict[str, Any], int, dict[str, bytes]]:
    """The summary, how many registrations it should be of, and files to look at."""
    many = [f"--{name}={processes}" for name in ("serve", "dispatch", "work")]
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="registrar-demo-"))
        output.chatter.print("Starting the system …")
        system = await stack.enter_async_context(_system(Path(folder), many))
        await _ask(f"{system['sandbox']}/_sandbox/faults", "PUT", {"seed": 1, "rules": TROUBLE})
        client = await stack.enter_async_context(Client(system["grpc"], system["api_key"]))
        served = await _served(client, requests)
        started = time.perf_counter()
        accepted = await _submitted(client, served)
        output.chatter.print(f"{len(accepted)} accepted; following them to their end …")
        followed = await follow(client, list(accepted), SECONDS)
        seconds = time.perf_counter() - started
        ledger = await _ask(f"{system['sandbox']}/_sandbox/ledger")
        ended = await _ended(client, followed)
        files = await samples.fetched(client, ended.values())
        return _summary(followed, ended, ledger, seconds), len(served), files


async def _served(
    client: Client, requests: list[SubmitRegistrationRequest]
) -> list[SubmitRegistrationRequest]:
    """Those of manufacturers that are there; the others are told of."""
    loaded = {one.id for one in await client.manufacturers()}
    absent = {one.manufacturer_id for one in requests} - loaded
    if absent:
        output.chatter.print(f"not loaded here: {', '.join(sorted(absent))}", markup=False)
    return [one for one in requests if one.manufacturer_id in loaded]


async def _submitted(
    client: Client, requests: list[SubmitRegistrationRequest]
) -> dict[str, SubmitRegistrationRequest]:
    accepted: dict[str, SubmitRegistrationRequest] = {}
    for start in range(0, len(requests), BATCH):
        batch = requests[start : start + BATCH]
        for request, result in zip(batch, await client.submit_many(batch), strict=True):
            if result.HasField("response"):
                accepted[result.response.registration.id] = request
            else:
                output.chatter.print(f"refused: {result.error.message}", markup=False)
    return accepted


def _succeeded(followed: Followed) -> list[str]:
    states = followed.states.items()
    return [key for key, state in states if state == State.REGISTRATION_STATE_SUCCEEDED]


async def _ended(client: Client, followed: Followed) -> dict[str, Registration]:
    """Each as it is in the end."""
    keys = list(followed.states)
    return dict(zip(keys, await asyncio.gather(*map(client.get, keys)), strict=True))


def _acted(one: Registration, ledger: dict[str, Any]) -> bool:
    """Whether the ledger has its act: by our key, or by the reference that a form has shown."""
    return any(
        act["key"] == one.id
        or (act["manufacturer"], act["reference"])
        == (one.manufacturer_id, one.manufacturer_reference)
        for act in ledger["effects"]
    )


def _known_before(one: Registration) -> bool:
    """What the manufacturer said it had already, before anybody did anything.

    A person's route acts on nothing: its look-up has found it, and the ledger has no act of ours.
    """
    known = one.outcome == RegistrationOutcome.REGISTRATION_OUTCOME_ALREADY_REGISTERED
    return known and one.current_tier == FulfillmentTier.FULFILLMENT_TIER_MANUAL_ASSIST


def _by_tier(ended: Iterable[Registration]) -> dict[str, int]:
    """How many came to their end by each route."""
    counts = Counter(one.current_tier for one in ended)
    return {word: counts[tier] for word, tier in TIERS.items()}


def _summary(
    followed: Followed, ended: dict[str, Registration], ledger: dict[str, Any], seconds: float
) -> dict[str, Any]:
    """`lost`: not settled, or said to have succeeded without an act in the ledger."""
    counts = followed.counts
    succeeded = [ended[key] for key in _succeeded(followed)]
    missing = [one for one in succeeded if not _acted(one, ledger)]
    known = [one for one in missing if _known_before(one)]
    asked = counts["REGISTRATION_STATE_ACTION_REQUIRED"]
    failed = sum(
        counts[f"REGISTRATION_STATE_{name}"] for name in ("FAILED", "REJECTED", "CANCELLED")
    )
    unsettled = len(followed.states) - len(succeeded) - asked - failed
    return {
        "submitted": len(followed.states),
        "succeeded": len(succeeded),
        "known_before": len(known),
        "action_required": asked,
        "failed": failed,
        "by_tier": _by_tier(ended.values()),
        "lost": unsettled + len(missing) - len(known),
        "duplicates": len(ledger["duplicates"]),
        "seconds": round(seconds, 2),
    }
