"""`registrar connectors breaker`: show, reset, force-open, disable, shadow, normal.

Exit codes: 0 done · 1 you said no · 2 wrong usage · 3 the service, or the fleet's gates, do not
answer · 4 the service refused.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from google.protobuf.timestamp_pb2 import Timestamp
from rich.markup import escape

from registrar.cli import output
from registrar.cli.operators import TIERS, TYPED, Route, Yes, calling
from registrar.cli.output import DEFAULT_ADDRESS, Address, ApiKey, Json
from registrar.client import Client
from registrar.client.messages import Circuit, CircuitMode, CircuitState, Connector, WaitReason

app = typer.Typer(
    help="Whether manufacturers are asked at present, and an operator's last word over it.",
    no_args_is_help=True,
)

_SPAN = re.compile(r"([1-9][0-9]{0,5})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def span(text: str) -> timedelta:
    """`30m`, `2h`, `1d`."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise typer.BadParameter("A number and s, m, h or d are needed, such as 30m or 2h.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


Tier = Annotated[Route, typer.Argument(help="Which route of the manufacturer.")]
Reason = Annotated[str, typer.Option(help="For other operators; 1 to 256 characters.")]
For = Annotated[
    timedelta | None,
    typer.Option("--for", parser=span, help="When it ends by itself, such as 30m, 2h or 1d."),
]


@app.command()
def show(
    manufacturer_id: Annotated[str, typer.Argument(help="Of this one alone.")] = "",
    *,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Of each connector in use: its circuit, what it may still be asked, its next probe."""

    async def work() -> list[Connector]:
        async with output.client(address, api_key) as client:
            return await client.connectors()

    found = [one for one in output.run(work()) if one.HasField("circuit")]
    wanted = [one for one in found if manufacturer_id in {"", one.manufacturer_id}]
    _told(wanted, as_json=as_json)


@app.command()
def reset(  # noqa: PLR0913 - its options
    manufacturer_id: str,
    tier: Tier,
    *,
    yes: Yes = False,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Say that it is well again: its ramp begins, and what waits for it is tried at once."""
    _asked(f"Reset the breaker of {manufacturer_id} ({tier.value})?", yes=yes)

    def call(client: Client) -> Awaitable[Connector]:
        return client.circuits.reset(manufacturer_id, TIERS[tier])

    _told([output.run(calling(address, api_key, call))], as_json=as_json)


def _ruling(name: str, mode: CircuitMode.ValueType, question: str, explained: str) -> None:
    @app.command(name=name, help=explained)
    def rule(  # noqa: PLR0913 - its options
        manufacturer_id: str,
        tier: Tier,
        *,
        reason: Reason,
        lasting: For = None,
        yes: Yes = False,
        address: Address = DEFAULT_ADDRESS,
        api_key: ApiKey = "",
        as_json: Json = False,
    ) -> None:
        _asked(question.format(f"{manufacturer_id} ({tier.value})"), yes=yes)
        until = None if lasting is None else datetime.now(UTC) + lasting

        def call(client: Client) -> Awaitable[Connector]:
            return client.circuits.set_mode(manufacturer_id, TIERS[tier], mode, reason, until)

        _told([output.run(calling(address, api_key, call))], as_json=as_json)


_ruling(
    "force-open",
    CircuitMode.CIRCUIT_MODE_FORCED_OPEN,
    "Send nothing to {}?",
    "Have nothing sent, whatever its state is; look-ups wait, too.",
)
_ruling(
    "disable",
    CircuitMode.CIRCUIT_MODE_DISABLED,
    "Ask {} however often it fails?",
    "Hold nothing back for its state, which stands still. Limits hold.",
)
_ruling(
    "shadow",
    CircuitMode.CIRCUIT_MODE_SHADOW,
    "Ask {} however often it fails?",
    "Let its state move, and hold nothing back for it. Limits hold.",
)


@app.command()
def normal(  # noqa: PLR0913 - its options
    manufacturer_id: str,
    tier: Tier,
    *,
    yes: Yes = False,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Take back what was said: the breaker decides again."""
    _asked(f"Let the breaker of {manufacturer_id} ({tier.value}) decide?", yes=yes)

    def call(client: Client) -> Awaitable[Connector]:
        mode = CircuitMode.CIRCUIT_MODE_NORMAL
        return client.circuits.set_mode(manufacturer_id, TIERS[tier], mode)

    _told([output.run(calling(address, api_key, call))], as_json=as_json)


def _asked(question: str, *, yes: bool) -> None:
    if not yes:
        typer.confirm(question, abort=True, err=True)


def _told(found: list[Connector], *, as_json: bool) -> None:
    if as_json:
        for one in found:
            output.line(one)
        return
    columns = ("manufacturer", "route", "circuit", "calls", "headroom", "next probe")
    rows = output.table("Circuits", *columns)
    for one in found:
        now = one.circuit
        cells = (state(now), calls(now), headroom(now), _due(one))
        rows.add_row(one.manufacturer_id, TYPED.get(one.tier, ""), *map(escape, cells))
    output.out.print(rows)


def _time(at: Timestamp) -> str:
    return f"{at.ToDatetime():%Y-%m-%d %H:%M:%S} UTC"


def _due(one: Connector) -> str:
    return _time(one.next_probe_time) if one.HasField("next_probe_time") else ""


def state(now: Circuit) -> str:
    """The state with its cause and end, and what an operator has said of it."""
    known = CircuitState.DESCRIPTOR.values_by_number.get(now.state)
    name = known.name.removeprefix("CIRCUIT_STATE_") if known else str(now.state)
    parts = ["not known" if not now.state else name.lower()]
    if now.ramp_step:
        parts[0] += f" {now.ramp_step}"
    if now.cause:
        parts.append(f"({now.cause})")
    if now.HasField("until"):
        parts.append(f"until {_time(now.until)}")
    if now.HasField("ruling"):
        parts.append(f"· {_said(now)}")
    return " ".join(parts)


def _said(now: Circuit) -> str:
    ruling = now.ruling
    known = CircuitMode.DESCRIPTOR.values_by_number.get(ruling.mode)
    mode = known.name.removeprefix("CIRCUIT_MODE_") if known else str(ruling.mode)
    end = f" until {_time(ruling.until)}" if ruling.HasField("until") else ""
    return f"{mode.lower().replace('_', ' ')}{end} by {ruling.by}: {ruling.reason}"


def calls(now: Circuit) -> str:
    """Of the window, and under way."""
    seen = now.window
    bad = [f"{seen.failed} failed"] * bool(seen.failed) + [f"{seen.slow} slow"] * bool(seen.slow)
    return ", ".join([str(seen.calls), *bad, f"{now.in_flight} under way"])


def headroom(now: Circuit) -> str:
    """What is used of what it takes, and why nothing goes where that is so."""
    room = now.headroom
    parts = [
        f"{one.used}/{one.requests} in {one.span.ToTimedelta().total_seconds():g} s"
        for one in room.windows
    ]
    if room.daily_requests:
        parts.append(f"{room.daily_used}/{room.daily_requests} today")
    if room.concurrency:
        parts.append(f"{room.concurrency} at once")
    if room.share < 1 and now.HasField("headroom"):
        parts.append(f"throttled to {room.share:.0%}")
    if room.HasField("rest_until"):
        parts.append(f"left alone until {_time(room.rest_until)}")
    if now.shut_reason:
        known = WaitReason.DESCRIPTOR.values_by_number.get(now.shut_reason)
        why = output.word(known.name) if known else str(now.shut_reason)
        parts.append(f"{why} until {_time(now.shut_until)}")
    return ", ".join(parts)
