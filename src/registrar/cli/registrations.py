"""Commands about registrations: submit, get, list, watch, events, cancel, retry, explain."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from google.protobuf.json_format import Parse, ParseError

from registrar.cli import output
from registrar.cli.explain import explain as explained
from registrar.cli.explain import routes
from registrar.cli.follow import State, follow
from registrar.cli.output import DEFAULT_ADDRESS, Address, ApiKey, Json
from registrar.client import errors
from registrar.client.messages import (
    BatchSubmitResult,
    ListRegistrationsRequest,
    RegistrationFilter,
    RegistrationIds,
    SubmitRegistrationRequest,
    WatchRegistrationsRequest,
)

app = typer.Typer()
BATCH = 200

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def read(lines: Iterator[str]) -> list[SubmitRegistrationRequest]:
    """JSON lines of SubmitRegistrationRequest; the first bad one ends the command."""
    found = []
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            found.append(Parse(text, SubmitRegistrationRequest()))
        except ParseError as error:
            output.chatter.print(f"registrar: line {number}: {error}", markup=False)
            raise typer.Exit(2) from None
    return found


@app.command()
def submit(  # noqa: PLR0913 - its options
    file: Annotated[str, typer.Argument(help="JSON lines; - for standard input.")],
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Follow them to the end.")] = False,
    validate_only: Annotated[
        bool, typer.Option("--validate-only", help="Check, store nothing, and show the routes.")
    ] = False,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Submit registrations. Durable when it returns."""
    if file != "-" and not Path(file).is_file():
        output.chatter.print(f"registrar: there is no file {file}", markup=False)
        raise typer.Exit(2)
    text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    requests = read(iter(text.splitlines()))
    for one in requests:
        one.validate_only = one.validate_only or validate_only
    output.run(_submit(requests, address, api_key, wait=wait, as_json=as_json))


async def _submit(
    requests: list[SubmitRegistrationRequest],
    address: str,
    api_key: str,
    *,
    wait: bool,
    as_json: bool,
) -> None:
    accepted: list[str] = []
    refused = 0
    async with output.client(address, api_key) as client:
        for start in range(0, len(requests), BATCH):
            for result in await client.submit_many(requests[start : start + BATCH]):
                refused += not _told(result, as_json=as_json)
                if result.HasField("response") and not result.response.plan:
                    accepted.append(result.response.registration.id)
        checked = len(requests) - refused - len(accepted)
        said = f"{len(accepted)} accepted, {refused} refused"
        output.chatter.print(said + (f", {checked} checked" if checked else ""))
        failed = refused
        if wait and accepted:
            followed = await follow(client, accepted)
            failed += sum(
                state != State.REGISTRATION_STATE_SUCCEEDED for state in followed.states.values()
            )
            if as_json:
                output.line({"states": dict(followed.counts)})
            else:
                output.out.print(followed.table())
    if failed:
        raise typer.Exit(output.SOME_FAILED)


def _told(result: BatchSubmitResult, *, as_json: bool) -> bool:
    """Whether it was accepted."""
    if as_json:
        output.line(result)
    if result.HasField("response"):
        if not as_json:
            for sentence in routes(result.response.plan):
                output.out.print(f"{result.request_id}: {sentence}", markup=False)
        return True
    if not as_json:
        error = errors.from_status(result.error)
        output.chatter.print(f"{result.request_id}: {error}", markup=False)
    return False


@app.command()
def get(
    registration_id: str,
    *,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Show one registration."""

    async def work() -> None:
        async with output.client(address, api_key) as client:
            found = await client.get(registration_id)
        if as_json:
            output.line(found)
        else:
            output.out.print_json(data=output.plain(found))

    output.run(work())


@app.command(name="list")
def list_registrations(  # noqa: PLR0913 - its options
    *,
    state: Annotated[list[str] | None, typer.Option(help="Such as waiting; repeatable.")] = None,
    manufacturer: Annotated[list[str] | None, typer.Option(help="Repeatable.")] = None,
    user_ref: str = "",
    reference: str = "",
    limit: Annotated[int, typer.Option(min=1)] = 50,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """List registrations, newest first."""
    where = RegistrationFilter(
        states=states(state),
        manufacturer_ids=manufacturer or [],
        end_user_ref=user_ref,
        external_reference=reference,
    )

    async def work() -> None:
        request = ListRegistrationsRequest(filter=where, page_size=min(limit, 500))
        rows = output.table("Registrations", "id", "manufacturer", "serial", "state", "reference")
        count = 0
        async with output.client(address, api_key) as client:
            async for one in client.pages(request):
                count += 1
                if as_json:
                    output.line(one)
                else:
                    shown = output.word(State.Name(one.state))
                    serial = one.product.serial_number
                    rows.add_row(
                        one.id, one.manufacturer_id, serial, shown, one.manufacturer_reference
                    )
                if count >= limit:
                    break
        if not as_json:
            output.out.print(rows)

    output.run(work())


def states(names: list[str] | None) -> list[State.ValueType]:
    """As they are typed; the first that there is not ends the command."""
    return [_state(one) for one in names or ()]


def _state(name: str) -> State.ValueType:
    wanted = "REGISTRATION_STATE_" + name.upper().replace("-", "_").replace(" ", "_")
    if wanted not in State.keys():  # noqa: SIM118 - a wrapper, not a mapping
        output.chatter.print(f"registrar: there is no state {name}", markup=False)
        raise typer.Exit(2)
    return State.Value(wanted)


@app.command()
def watch(
    registration_ids: Annotated[list[str] | None, typer.Argument()] = None,
    *,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Print events as they happen: of these registrations, or of all. Resumes by itself."""
    request = WatchRegistrationsRequest()
    if registration_ids:
        request.registration_ids.CopyFrom(RegistrationIds(ids=registration_ids))
        request.send_initial_state = True
    else:
        request.filter.CopyFrom(RegistrationFilter())

    async def work() -> None:
        async with output.client(address, api_key) as client:
            async for message in client.watch(request):
                _print_watched(message, as_json=as_json)

    output.run(work())


def _print_watched(message: Any, *, as_json: bool) -> None:  # noqa: ANN401 - one of the stream
    if as_json:
        output.line(message)
        return
    kind = message.WhichOneof("message")
    if kind == "event":
        event = message.event
        what = event.WhichOneof("payload") or "event"
        state = output.word(State.Name(event.state))
        output.out.print(f"{event.registration_id} {event.sequence:>3} {what:<16} {state}")
    elif kind == "snapshot":
        state = output.word(State.Name(message.snapshot.state))
        output.out.print(f"{message.snapshot.id}     {'now':<16} {state}")


@app.command()
def events(
    registration_id: str,
    *,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """The whole history of one registration."""

    async def work() -> None:
        async with output.client(address, api_key) as client:
            found = await client.events(registration_id)
        rows = output.table("Events", "#", "time", "event", "state", "by")
        for one in found:
            if as_json:
                output.line(one)
            else:
                at = f"{one.event_time.ToDatetime():%Y-%m-%d %H:%M:%S.%f}"
                what = one.WhichOneof("payload") or ""
                state = output.word(State.Name(one.state))
                rows.add_row(str(one.sequence), at, what, state, one.actor)
        if not as_json:
            output.out.print(rows)

    output.run(work())


@app.command()
def cancel(  # noqa: PLR0913 - its options
    registration_id: str,
    *,
    reason: str = "",
    yes: Yes = False,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Ask to stop. The manufacturer may already have accepted."""
    if not yes:
        typer.confirm(f"Cancel {registration_id}?", abort=True, err=True)

    async def work() -> None:
        async with output.client(address, api_key) as client:
            _print_state(await client.cancel(registration_id, reason), as_json=as_json)

    output.run(work())


@app.command()
def retry(  # noqa: PLR0913 - its options
    registration_id: str,
    *,
    acknowledge_duplicate_risk: Annotated[
        bool, typer.Option("--acknowledge-duplicate-risk", help="It may be registered twice.")
    ] = False,
    yes: Yes = False,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Try again, from failed or action required."""
    if not yes:
        typer.confirm(f"Try {registration_id} again?", abort=True, err=True)

    async def work() -> None:
        async with output.client(address, api_key) as client:
            risk = acknowledge_duplicate_risk
            found = await client.retry(registration_id, acknowledge_duplicate_risk=risk)
            _print_state(found, as_json=as_json)

    output.run(work())


def _print_state(registration: Any, *, as_json: bool) -> None:  # noqa: ANN401 - a Registration
    if as_json:
        output.line(registration)
    else:
        output.out.print(f"{registration.id} {output.word(State.Name(registration.state))}")


@app.command()
def explain(
    registration_id: str,
    *,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Why it is in its state, what was tried, what happens next, when, and why nothing else."""

    async def work() -> None:
        async with output.client(address, api_key) as client:
            found = await client.explain(registration_id)
        if as_json:
            output.line(found)
        else:
            for sentence in explained(found):
                output.out.print(sentence, markup=False)

    output.run(work())
