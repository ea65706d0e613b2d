"""Commands about the service: doctor, version."""

from __future__ import annotations

import platform
from importlib.metadata import version as version_of
from typing import Annotated

import grpc
import typer

from registrar.cli import output
from registrar.cli.output import DEFAULT_ADDRESS, Address, ApiKey, Json
from registrar.client import CallError, Client

app = typer.Typer()
NAMES = (
    "RegistrationService",
    "ConnectorService",
    "ArtifactService",
    "NotificationService",
    "AnalyticsService",
    "RegistrationAdminService",
)
SERVICES = ("", *(f"registrar.v1.{name}" for name in NAMES))


HealthAlone = Annotated[
    bool, typer.Option("--health", help="Not the key: for probes, on the port for health too.")
]


@app.command()
def doctor(
    *,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    health: HealthAlone = False,
    as_json: Json = False,
) -> None:
    """Check that the service can be reached, is well, and knows the key."""

    async def work() -> dict[str, str]:
        async with output.client(address, api_key) as client:
            found = {name or "server": await _health(client, name) for name in SERVICES}
            return found if health else found | {"api key": await _key(client)}

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
