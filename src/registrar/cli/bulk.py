"""`registrar bulk`: list, show and cancel operations on many registrations; cancel registrations.

Exit codes: 0 done · 1 you said no, or not all of them were · 2 wrong usage · 3 the service does not
answer · 4 the service refused.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

import typer
from rich.markup import escape

from registrar.cli import output
from registrar.cli.deliveries import word
from registrar.cli.output import DEFAULT_ADDRESS, Address, ApiKey, Json
from registrar.cli.registrations import states
from registrar.cli.wishes import (
    KIND,
    STATE,
    Code,
    DryRun,
    Ids,
    Manner,
    Manufacturer,
    NoWait,
    Rate,
    Reason,
    Tier,
    Yes,
    carried_out,
    filtered,
    follow,
    told,
)
from registrar.client import Client
from registrar.client.messages import (
    BulkOperation,
    BulkOperationKind,
    BulkOperationState,
    CreateBulkOperationRequest,
)

top = typer.Typer(help="Operations on many registrations.", no_args_is_help=True)
app = typer.Typer()
app.add_typer(top, name="bulk")

OperationId = Annotated[str, typer.Argument(metavar="BULK_OPERATION_ID")]


@top.command("list")
def listed(
    *, address: Address = DEFAULT_ADDRESS, api_key: ApiKey = "", as_json: Json = False
) -> None:
    """List operations, newest first."""

    async def work() -> list[BulkOperation]:
        async with output.client(address, api_key) as client:
            return [one async for one in client.bulk.every()]

    found = output.run(work())
    if as_json:
        for one in found:
            output.line(one)
    else:
        output.out.print(_table(found))


def _table(found: Sequence[BulkOperation]) -> Any:  # noqa: ANN401 - rich's own
    rows = output.table("Bulk operations", "id", "what", "state", "done", "by, and why")
    rows.columns[0].no_wrap = True  # it is copied
    for one in found:
        what = word(BulkOperationKind, KIND, one.kind)
        state = word(BulkOperationState, STATE, one.state)
        done = f"{one.done_count} of {one.matched_count}"
        rows.add_row(one.id, what, state, done, escape(f"{one.actor}: {one.reason}"))
    return rows


def _one(
    address: str, api_key: str, call: Callable[[Client], Awaitable[BulkOperation]]
) -> BulkOperation:
    async def work() -> BulkOperation:
        async with output.client(address, api_key) as client:
            return await call(client)

    return output.run(work())


@top.command()
def show(
    operation_id: OperationId,
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Until it is over.")] = False,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """How far it is; with `--wait`, exit code 1 where not all of it was done."""

    async def call(client: Client) -> BulkOperation:
        found = await client.bulk.get(operation_id)
        return await follow(client, found) if wait else found

    told(_one(address, api_key, call), as_json=as_json, wait=wait)


@top.command()
def cancel(
    operation_id: OperationId,
    *,
    yes: Yes = False,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Stop it: what was done stays, nothing more is done."""
    if not yes:
        typer.confirm(f"Stop {operation_id}?", abort=True, err=True)
    ended = _one(address, api_key, lambda client: client.bulk.cancel(operation_id))
    told(ended, as_json=as_json, wait=False)


@top.command("cancel-registrations")
def cancel_registrations(  # noqa: PLR0913 - its options
    registration_ids: Ids = None,
    *,
    reason: Reason,
    manufacturer: Manufacturer = None,
    state: Annotated[list[str] | None, typer.Option(help="Such as waiting; repeatable.")] = None,
    tier: Tier = None,
    code: Code = None,
    rate: Rate = 10,
    dry_run: DryRun = False,
    yes: Yes = False,
    no_wait: NoWait = False,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Ask to stop what is not over yet, as `registrar cancel` does with one."""
    where = filtered(registration_ids, manufacturer=manufacturer, tier=tier, code=code)
    where.states.extend(states(state))
    wish = CreateBulkOperationRequest(
        kind=BulkOperationKind.BULK_OPERATION_KIND_CANCEL,
        filter=where,
        reason=reason,
        items_per_second=rate,
    )
    carried_out(wish, Manner(address, api_key, dry_run, yes, not no_wait, as_json))
