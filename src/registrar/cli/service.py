"""Commands about the service: doctor, version; of connectors, what the service knows."""

from __future__ import annotations

import platform
from importlib.metadata import version as version_of

import grpc
import typer

from registrar.cli import output
from registrar.cli.output import DEFAULT_ADDRESS, Address, ApiKey, Json
from registrar.client import CallError, Client

app = typer.Typer()
connectors = typer.Typer(help="What is known of the manufacturers.", no_args_is_help=True)
SERVICES = ("", "registrar.v1.RegistrationService", "registrar.v1.ConnectorService")


@connectors.command(name="list")
def list_connectors(
    *, address: Address = DEFAULT_ADDRESS, api_key: ApiKey = "", as_json: Json = False
) -> None:
    """Every manufacturer, and how honestly its route is known."""

    async def work() -> None:
        async with output.client(address, api_key) as client:
            found = await client.manufacturers()
        rows = output.table("Manufacturers", "id", "brands", "route", "evidence", "enabled")
        for one in found:
            if as_json:
                output.line(one)
            for tier in one.tiers:
                route = output.word(output.plain(tier)["tier"])
                brands = ", ".join(one.brands)
                rows.add_row(one.id, brands, route, tier.evidence, "yes" if tier.enabled else "no")
        if not as_json:
            output.out.print(rows)

    output.run(work())


@connectors.command()
def show(
    manufacturer_id: str,
    *,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """One manufacturer: fields it asks, identifiers, routes with their sources."""

    async def work() -> None:
        async with output.client(address, api_key) as client:
            found = await client.manufacturer(manufacturer_id)
        if as_json:
            output.line(found)
        else:
            output.out.print_json(data=output.plain(found))

    output.run(work())


@app.command()
def doctor(
    *, address: Address = DEFAULT_ADDRESS, api_key: ApiKey = "", as_json: Json = False
) -> None:
    """Check that the service can be reached, is well, and knows the key."""

    async def work() -> dict[str, str]:
        async with output.client(address, api_key) as client:
            found = {name or "server": await _health(client, name) for name in SERVICES}
            return found | {"api key": await _key(client)}

    found = output.run(work())
    if as_json:
        output.line({"checks": found})
    else:
        rows = output.table("Doctor", "what", "result")
        for name, result in found.items():
            rows.add_row(name, result)
        output.out.print(rows)
    if set(found.values()) - {"SERVING", "valid"}:
        raise typer.Exit(output.UNAVAILABLE)


async def _health(client: Client, name: str) -> str:
    try:
        return await client.health(name)
    except CallError as error:
        return error.code.name


async def _key(client: Client) -> str:
    try:
        await client.manufacturers()
    except CallError as error:
        return "not valid" if error.code is grpc.StatusCode.UNAUTHENTICATED else error.code.name
    return "valid"


@app.command()
def version(*, as_json: Json = False) -> None:
    """Of this program and of what it stands on."""
    found = {name: version_of(name) for name in ("registrar", "grpcio", "protobuf", "dramatiq")}
    found |= {"python": platform.python_version()}
    if as_json:
        output.line(found)
    else:
        for name, number in found.items():
            output.out.print(f"{name} {number}")
