"""One wish for many registrations, from its options to its end: what `dead` and `bulk` share."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from registrar.cli import output
from registrar.cli.deliveries import word
from registrar.cli.operators import TIERS, Route
from registrar.client import Client
from registrar.client.messages import (
    BulkFilter,
    BulkOperation,
    BulkOperationKind,
    BulkOperationState,
    BulkSkipReason,
    CreateBulkOperationRequest,
    CreateBulkOperationResponse,
)

LOOK = 0.25
"""Seconds between two looks at how far it is."""
KIND, STATE, SKIP = "BULK_OPERATION_KIND_", "BULK_OPERATION_STATE_", "BULK_SKIP_REASON_"
TIMES = ("%Y-%m-%d", "%Y-%m-%dT%H:%MZ", "%Y-%m-%dT%H:%M:%SZ")

Ids = Annotated[list[str] | None, typer.Argument(metavar="[REGISTRATION_ID]...")]
Manufacturer = Annotated[list[str] | None, typer.Option(help="Repeatable.")]
Tier = Annotated[list[Route] | None, typer.Option(help="Of this route; repeatable.")]
Code = Annotated[list[str] | None, typer.Option(help="Such as unavailable.server; repeatable.")]
Fingerprint = Annotated[list[str] | None, typer.Option(help="Of a group; repeatable.")]
FailedAfter = Annotated[
    datetime | None, typer.Option(formats=[*TIMES], help="UTC, such as 2026-11-25T06:00Z.")
]
FailedBefore = Annotated[datetime | None, typer.Option(formats=[*TIMES], help="UTC.")]
Reason = Annotated[str, typer.Option(help="For the audit log; 1 to 256 characters.")]
Rate = Annotated[int, typer.Option(min=1, max=100, help="Registrations a second, at most.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell how many match, and do nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Do not wait until it is over.")]
Risk = Annotated[
    bool, typer.Option("--acknowledge-duplicate-risk", help="Some may be registered twice.")
]


def filtered(  # noqa: PLR0913 - the conditions
    ids: Sequence[str] | None,
    *,
    manufacturer: Sequence[str] | None,
    tier: Sequence[Route] | None,
    code: Sequence[str] | None,
    fingerprint: Sequence[str] | None = None,
    failed: tuple[datetime | None, datetime | None] = (None, None),
) -> BulkFilter:
    """As it is sent."""
    made = BulkFilter(
        registration_ids=ids or (),
        manufacturer_ids=manufacturer or (),
        tiers=[TIERS[one] for one in tier or ()],
        failure_codes=code or (),
        fingerprints=fingerprint or (),
    )
    for field, at in zip(("fail_time_after", "fail_time_before"), failed, strict=True):
        if at is not None:
            getattr(made, field).FromDatetime(at.replace(tzinfo=UTC))
    return made


@dataclass(frozen=True, slots=True)
class Manner:
    """How a wish is carried out."""

    address: str
    api_key: str
    dry_run: bool = False
    yes: bool = False
    wait: bool = True
    as_json: bool = False


def carried_out(wish: CreateBulkOperationRequest, how: Manner) -> None:
    """Counted, asked for, begun and followed. Exits with 1 where something was not done."""
    seen = output.run(_glanced(wish, how))
    count = f"{seen.matched_count}{'+' if seen.count_is_capped else ''}"
    if how.dry_run:
        _told_glance(seen, count, as_json=how.as_json)
        return
    if not how.yes:
        verb = word(BulkOperationKind, KIND, wish.kind)
        typer.confirm(f"{verb.capitalize()} {count} registrations?", abort=True, err=True)
    told(output.run(_followed(wish, how)), as_json=how.as_json, wait=how.wait)


async def _glanced(wish: CreateBulkOperationRequest, how: Manner) -> CreateBulkOperationResponse:
    async with output.client(how.address, how.api_key) as client:
        return await client.bulk.glance(wish)


def _told_glance(seen: CreateBulkOperationResponse, count: str, *, as_json: bool) -> None:
    if as_json:
        output.line(seen)
        return
    typer.echo(f"{count} registrations match")
    for one in seen.sample_registration_ids:
        typer.echo(one)


async def _followed(wish: CreateBulkOperationRequest, how: Manner) -> BulkOperation:
    async with output.client(how.address, how.api_key) as client:
        made = (await client.bulk.create(wish)).bulk_operation
        output.chatter.print(f"{made.id}: {made.matched_count} taken", markup=False)
        return await follow(client, made) if how.wait else made


async def follow(client: Client, made: BulkOperation) -> BulkOperation:
    """Until it is over; with a bar where there is a terminal."""
    columns: tuple[Any, ...] = (
        TextColumn("{task.description}"),
        *(BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()),
    )
    shown = output.chatter.is_terminal
    with Progress(*columns, console=output.chatter, transient=True, disable=not shown) as progress:
        bar = progress.add_task(word(BulkOperationKind, KIND, made.kind), total=made.matched_count)
        while made.state == BulkOperationState.BULK_OPERATION_STATE_RUNNING:
            await asyncio.sleep(LOOK)
            made = await client.bulk.get(made.id)
            progress.update(bar, completed=made.matched_count - made.remaining_count)
    return made


def told(made: BulkOperation, *, as_json: bool, wait: bool) -> None:
    """Exits with 1 where something was not done, and nothing more is going to happen."""
    if as_json:
        output.line(made)
    else:
        for sentence in sentences(made):
            typer.echo(sentence)
    if wait and made.done_count < made.matched_count:
        raise typer.Exit(output.SOME_FAILED)


def sentences(made: BulkOperation) -> list[str]:
    """How far it is."""
    state = word(BulkOperationState, STATE, made.state)
    found = [f"{made.id} is {state}: {made.done_count} of {made.matched_count} done"]
    found += [
        f"skipped for {word(BulkSkipReason, SKIP, one.reason)}: {one.count}"
        for one in made.skipped_counts
    ]
    for name, count in (("failed", made.failed_count), ("remaining", made.remaining_count)):
        found += [f"{name}: {count}"] if count else []
    return found
