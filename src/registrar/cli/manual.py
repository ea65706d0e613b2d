"""`registrar manual`: list, guide, done; and `registrar proof`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from registrar.cli import output
from registrar.cli.output import DEFAULT_ADDRESS, Address, ApiKey, Json
from registrar.client.messages import (
    ActionKind,
    ListRegistrationsRequest,
    Registration,
    RegistrationFilter,
    RegistrationState,
)

app = typer.Typer()
manual = typer.Typer(
    help="Registrations that wait for a person: the list, the guide, the end.", no_args_is_help=True
)
app.add_typer(manual, name="manual")

Language = Annotated[
    str, typer.Option("--language", help="Of the reader, such as de; else the registration's.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
NEVER = "9999"
"""Behind every date."""


@manual.command(name="list")
def list_waiting(
    *,
    manufacturer: Annotated[list[str] | None, typer.Option(help="Repeatable.")] = None,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Those that wait for a person, the first to close first."""
    waiting = RegistrationState.REGISTRATION_STATE_ACTION_REQUIRED
    where = RegistrationFilter(states=[waiting], manufacturer_ids=manufacturer or [])

    async def work() -> list[Registration]:
        request = ListRegistrationsRequest(filter=where, page_size=500)
        async with output.client(address, api_key) as client:
            return [one async for one in client.pages(request)]

    found = sorted(output.run(work()), key=lambda one: (_closes(one) or NEVER, one.id))
    if as_json:
        for one in found:
            output.line(one)
        return
    rows = output.table("Waiting for a person", "by", "id", "manufacturer", "serial", "what")
    for one in found:
        what = output.word(ActionKind.Name(one.action_required.kind))
        serial = one.product.serial_number
        rows.add_row(_closes(one) or "–", one.id, one.manufacturer_id, serial, what)
    output.out.print(rows)


def _closes(one: Registration) -> str:
    """ISO 8601: the last day of the manufacturer's window; empty where it has none."""
    guide = one.action_required.guide
    if not guide.HasField("register_by"):
        return ""
    day = guide.register_by
    return f"{day.year:04}-{day.month:02}-{day.day:02}"


@manual.command()
def guide(  # noqa: PLR0913 - its options
    registration_id: str,
    *,
    file: Annotated[Path, typer.Option("--output", help="The PDF to write.")],
    language: Language = "",
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Write the guide for a person, as an accessible PDF."""

    async def work() -> None:
        async with output.client(address, api_key) as client:
            received = await client.manual.guide(registration_id, language)
        _write(file, received.content)
        if as_json:
            output.line(received.info)
        else:
            output.chatter.print(f"{file}: {len(received.content)} bytes", markup=False)

    output.run(work())


@manual.command()
def done(  # noqa: PLR0913 - its options
    registration_id: str,
    *,
    reference: Annotated[
        str, typer.Option(help="The manufacturer's number; leave it out where it gave none.")
    ] = "",
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day of the registration.")
    ] = None,
    give_up: Annotated[
        str, typer.Option("--give-up", metavar="REASON", help="It will not be registered by hand.")
    ] = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Say that the manufacturer has it, or that it was given up."""
    if give_up and (reference or on):
        output.chatter.print("registrar: either --give-up or --reference and --on", markup=False)
        raise typer.Exit(2)
    what = "failed, given up" if give_up else "registered by hand"
    if dry_run:
        return _rehearse(registration_id, what, address, api_key, as_json=as_json)
    if not yes:
        typer.confirm(f"{registration_id}: {what}?", abort=True, err=True)

    async def work() -> Registration:
        async with output.client(address, api_key) as client:
            if give_up:
                return await client.manual.give_up(registration_id, give_up)
            return await client.manual.done(registration_id, reference, on and on.date())

    return _told(output.run(work()), as_json=as_json)


def _rehearse(
    registration_id: str, what: str, address: str, api_key: str, *, as_json: bool
) -> None:
    async def work() -> Registration:
        async with output.client(address, api_key) as client:
            return await client.get(registration_id)

    found = output.run(work())
    output.chatter.print(f"Would become: {what}", markup=False)
    _told(found, as_json=as_json)


def _told(one: Registration, *, as_json: bool) -> None:
    if as_json:
        output.line(one)
    else:
        output.out.print(f"{one.id} {output.word(RegistrationState.Name(one.state))}")


@app.command()
def proof(  # noqa: PLR0913 - its options
    registration_id: str,
    *,
    file: Annotated[
        Path, typer.Option("--output", help="The PDF; its data goes beside, as .json.")
    ],
    language: Language = "",
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Write what proves that it is registered: a PDF, and the same as JSON."""

    async def work() -> None:
        async with output.client(address, api_key) as client:
            received = await client.manual.proof(registration_id, language)
        beside = file.with_suffix(".json")
        _write(file, received.content)
        _write(beside, output.text(received.info.proof).encode())
        if as_json:
            output.line(received.info)
        else:
            output.chatter.print(f"{file}, {beside}", markup=False)

    output.run(work())


def _write(file: Path, content: bytes) -> None:
    """For its owner's eyes: it holds personal data."""
    try:
        file.touch(mode=0o600)
        file.write_bytes(content)
    except OSError as error:
        output.chatter.print(f"registrar: {file}: {error.strerror}", markup=False)
        raise typer.Exit(2) from None
