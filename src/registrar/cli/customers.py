"""`registrar export` and `registrar erase`: one customer's data, as a copy or gone for good.

Exit codes: 0 done · 1 some of it is still to be erased · 2 wrong usage · 3 the service does not
answer · 4 the service refused.
"""

from __future__ import annotations

import mimetypes
import uuid
from pathlib import Path
from typing import Annotated

import typer

from registrar.cli import output
from registrar.cli.operators import Yes
from registrar.cli.output import DEFAULT_ADDRESS, Address, ApiKey, Json
from registrar.client import Client
from registrar.client.messages import EraseCustomerDataResponse, ExportCustomerDataResponse

app = typer.Typer()

UserRef = Annotated[str, typer.Option(help="Your own name for the customer.")]
Email = Annotated[str, typer.Option(help="The customer's mailbox.")]
PENDING = 1


def _one(user_ref: str, email: str) -> None:
    if bool(user_ref) == bool(email):
        raise _refused("one of --user-ref and --email is needed")


def _refused(problem: str) -> typer.Exit:
    output.chatter.print(f"registrar: {problem}", markup=False)
    return typer.Exit(2)


@app.command()
def export(  # noqa: PLR0913 - its options
    *,
    user_ref: UserRef = "",
    email: Email = "",
    folder: Annotated[Path, typer.Option("--output", "-o", help="A folder that is not there yet.")],
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Write all that is kept of one customer: a JSON file a registration, and its files."""
    _one(user_ref, email)
    try:
        folder.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise _refused(f"{folder}: {error.strerror}") from None

    async def work() -> dict[str, int]:
        counts = {"registrations": 0, "files": 0}
        async with output.client(address, api_key) as client:
            async for one in client.customers.export(user_ref=user_ref, email=email):
                counts["registrations"] += 1
                counts["files"] += await _written(client, folder, one)
        return counts

    counts = output.run(work())
    if as_json:
        output.line(counts)
    else:
        typer.echo(f"{counts['registrations']} registrations, {counts['files']} files in {folder}")


async def _written(client: Client, folder: Path, one: ExportCustomerDataResponse) -> int:
    """How many files it has."""
    key = one.registration.id
    (folder / f"{key}.json").write_text(output.text(one), encoding="utf-8")
    for artifact in one.artifacts:
        suffix = mimetypes.guess_extension(artifact.media_type) or ""
        with (folder / f"{key}.{artifact.id}{suffix}").open("xb") as file:
            await client.artifacts.download(artifact.id, file.write)
    return len(one.artifacts)


@app.command()
def erase(  # noqa: PLR0913 - its options
    *,
    user_ref: UserRef = "",
    email: Email = "",
    request_id: Annotated[
        str, typer.Option(help="A UUID; with that of an earlier one it tells how far that is.")
    ] = "",
    yes: Yes = False,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Destroy all that is personal of one customer, for good."""
    _one(user_ref, email)
    if not yes:
        typer.confirm("Nothing can bring it back. Erase it?", abort=True, err=True)
    once = request_id or str(uuid.uuid4())

    async def work() -> EraseCustomerDataResponse:
        async with output.client(address, api_key) as client:
            return await client.customers.erase(user_ref=user_ref, email=email, request_id=once)

    made = output.run(work())
    if as_json:
        output.line(made)
    else:
        _told(made, once)
    if not made.HasField("complete_time"):
        raise typer.Exit(PENDING)


def _told(made: EraseCustomerDataResponse, request_id: str) -> None:
    typer.echo(f"{made.registration_count} registrations erased")
    for one in made.recipients:
        when = one.send_time.ToJsonString()[:10]
        typer.echo(f"tell {one.manufacturer_id}: {one.registration_id} was sent on {when}")
    if not made.HasField("complete_time"):
        pending = ", ".join(made.pending_registration_ids)
        typer.echo(f"being sent just now, and erased afterwards: {pending}")
        typer.echo(f"ask again with --request-id {request_id}")
