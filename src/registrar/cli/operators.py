"""`registrar connectors`: list, show, pause, resume, probe.

Exit codes: 0 done · 1 the probe found something wrong · 2 wrong usage · 3 the service does not
answer · 4 the service refused.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer
from rich.markup import escape

from registrar.cli import output
from registrar.cli.output import DEFAULT_ADDRESS, Address, ApiKey, Json
from registrar.client import Client
from registrar.client.messages import Connector, FulfillmentTier

app = typer.Typer(help="Connectors, and what is known of the manufacturers.", no_args_is_help=True)


class Route(StrEnum):
    """A tier, as it is typed."""

    API = "api"
    WEB = "web"
    MANUAL = "manual"


TIERS = {
    Route.API: FulfillmentTier.FULFILLMENT_TIER_API,
    Route.WEB: FulfillmentTier.FULFILLMENT_TIER_WEB_AUTOMATION,
    Route.MANUAL: FulfillmentTier.FULFILLMENT_TIER_MANUAL_ASSIST,
}

TYPED = {tier: route.value for route, tier in TIERS.items()}

Tier = Annotated[Route, typer.Option("--tier", help="Which route of the manufacturer.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Until = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%MZ"],
        help="When it ends by itself, UTC, such as 2026-12-01T06:00Z.",
    ),
]


@app.command(name="list")
def list_connectors(
    *, address: Address = DEFAULT_ADDRESS, api_key: ApiKey = "", as_json: Json = False
) -> None:
    """Every connector: how honestly it is known, and how it is doing."""

    async def work() -> list[Connector]:
        async with output.client(address, api_key) as client:
            return await client.connectors()

    _told(output.run(work()), as_json=as_json)


@app.command()
def show(
    manufacturer_id: str,
    *,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """One manufacturer: fields it asks, identifiers, routes with their sources, connectors."""

    async def work() -> None:
        async with output.client(address, api_key) as client:
            found = output.plain(await client.manufacturer(manufacturer_id))
            known = await client.connectors()
        found["connectors"] = [
            output.plain(one) for one in known if one.manufacturer_id == manufacturer_id
        ]
        if as_json:
            output.line(found)
        else:
            output.out.print_json(data=found)

    output.run(work())


@app.command()
def pause(  # noqa: PLR0913 - its options
    manufacturer_id: str,
    *,
    reason: Annotated[str, typer.Option(help="For other operators; 1 to 256 characters.")],
    until: Until = None,
    tier: Tier = Route.API,
    yes: Yes = False,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Stop its submissions; they wait, and spend no attempt. Look-ups go on."""
    if not yes:
        typer.confirm(f"Pause {manufacturer_id} ({tier.value})?", abort=True, err=True)
    ends = None if until is None else until.replace(tzinfo=UTC)
    call = calling(
        address,
        api_key,
        lambda client: client.pause(manufacturer_id, TIERS[tier], reason, ends),
    )
    _told([output.run(call)], as_json=as_json)


@app.command()
def resume(  # noqa: PLR0913 - its options
    manufacturer_id: str,
    *,
    tier: Tier = Route.API,
    yes: Yes = False,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """End a pause; what it held back goes on at once."""
    if not yes:
        typer.confirm(f"Resume {manufacturer_id} ({tier.value})?", abort=True, err=True)
    call = calling(address, api_key, lambda client: client.resume(manufacturer_id, TIERS[tier]))
    _told([output.run(call)], as_json=as_json)


@app.command()
def probe(
    manufacturer_id: str,
    *,
    tier: Tier = Route.API,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Ask the manufacturer now whether all is well; exit code 1 where it is not."""
    call = calling(address, api_key, lambda client: client.probe(manufacturer_id, TIERS[tier]))
    found = output.run(call)
    _told([found], as_json=as_json)
    if found.last_probe.code != "ok":
        raise typer.Exit(output.SOME_FAILED)


async def calling(
    address: str, api_key: str, call: Callable[[Client], Awaitable[Connector]]
) -> Connector:
    """What one call answers."""
    async with output.client(address, api_key) as client:
        return await call(client)


def _told(found: list[Connector], *, as_json: bool) -> None:
    if as_json:
        for one in found:
            output.line(one)
        return
    columns = ("manufacturer", "route", "audience", "evidence", "state", "last probe")
    rows = output.table("Connectors", *columns)
    for one in found:
        known = (one.manufacturer_id, TYPED.get(one.tier, ""), one.audience, one.evidence)
        rows.add_row(*known, escape(standing(one)), escape(probed(one)))
    output.out.print(rows)


def standing(one: Connector) -> str:
    """In a few words: what keeps it from working, or that nothing does."""
    if one.quarantine_reason:
        return f"put aside: {one.quarantine_reason}"
    if one.hold_reason:
        return f"held: {one.hold_reason}"
    if not one.HasField("pause"):
        return "ready" if one.enabled else "not in use"
    if one.pause.stopped_version:
        return f"stopped at {one.pause.stopped_step}: {one.pause.reason}"
    end = ""
    if one.pause.HasField("until"):
        end = f" until {one.pause.until.ToDatetime():%Y-%m-%d %H:%M} UTC"
    return f"paused{end} by {one.pause.by}: {one.pause.reason}"


def probed(one: Connector) -> str:
    """Code, time taken and failures in a row; empty before the first."""
    if not one.HasField("last_probe"):
        return ""
    took = one.last_probe.latency.ToTimedelta().total_seconds() * 1000
    failed = one.consecutive_probe_failures
    return f"{one.last_probe.code}, {took:.0f} ms" + (f", {failed} failed" if failed else "")
