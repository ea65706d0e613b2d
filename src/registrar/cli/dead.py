"""`registrar dead`: list failures that nobody has answered, retry them, or abandon them.

Exit codes: 0 done · 1 you said no, or not all of them were · 2 wrong usage · 3 the service does not
answer · 4 the service refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.markup import escape

from registrar.cli import output
from registrar.cli.operators import TYPED
from registrar.cli.output import DEFAULT_ADDRESS, Address, ApiKey, Json
from registrar.cli.wishes import (
    Code,
    DryRun,
    FailedAfter,
    FailedBefore,
    Fingerprint,
    Ids,
    Manner,
    Manufacturer,
    NoWait,
    Rate,
    Reason,
    Risk,
    Tier,
    Yes,
    carried_out,
    filtered,
)
from registrar.client.messages import (
    BulkOperationKind,
    CreateBulkOperationRequest,
    DeadLetterGroup,
)

top = typer.Typer(help="Failures that nobody has answered.", no_args_is_help=True)
app = typer.Typer()
app.add_typer(top, name="dead")


@top.command("list")
def listed(
    *,
    manufacturer: Annotated[str, typer.Option(help="Of this one alone.")] = "",
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Show failures by their cause, the most frequent first."""

    async def work() -> list[DeadLetterGroup]:
        async with output.client(address, api_key) as client:
            return [one async for one in client.bulk.dead_letters(manufacturer)]

    found = sorted(output.run(work()), key=lambda one: -one.count)
    if as_json:
        for one in found:
            output.line(one)
    else:
        output.out.print(_table(found))


def _table(found: Sequence[DeadLetterGroup]) -> Any:  # noqa: ANN401 - rich's own
    rows = output.table("Dead letters", "fingerprint", "where", "cause", "count", "the newest")
    rows.columns[0].no_wrap = True  # it is copied
    for one in found:
        where = f"{one.manufacturer_id} {TYPED.get(one.tier, '')}"
        cause = " ".join(filter(None, (one.failure_code, one.manufacturer_code, one.field)))
        count = f"{one.count}{'+' if one.count_is_capped else ''}"
        at = f"{one.newest_time.ToDatetime():%Y-%m-%d %H:%M}"
        newest = f"{at} {one.message} {one.example_registration_ids[0]}"
        rows.add_row(one.fingerprint, where, escape(cause), count, escape(newest))
    return rows


@top.command()
def retry(  # noqa: PLR0913 - its options
    registration_ids: Ids = None,
    *,
    reason: Reason,
    fingerprint: Fingerprint = None,
    manufacturer: Manufacturer = None,
    tier: Tier = None,
    code: Code = None,
    failed_after: FailedAfter = None,
    failed_before: FailedBefore = None,
    rate: Rate = 10,
    acknowledge_duplicate_risk: Risk = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    no_wait: NoWait = False,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Try again what has failed: from its first route, as `registrar retry` does with one."""
    wish = CreateBulkOperationRequest(
        kind=BulkOperationKind.BULK_OPERATION_KIND_RETRY,
        filter=filtered(
            registration_ids,
            manufacturer=manufacturer,
            tier=tier,
            code=code,
            fingerprint=fingerprint,
            failed=(failed_after, failed_before),
        ),
        reason=reason,
        items_per_second=rate,
        acknowledge_duplicate_risk=acknowledge_duplicate_risk,
    )
    carried_out(wish, Manner(address, api_key, dry_run, yes, not no_wait, as_json))


@top.command()
def abandon(  # noqa: PLR0913 - its options
    registration_ids: Ids = None,
    *,
    reason: Reason,
    fingerprint: Fingerprint = None,
    manufacturer: Manufacturer = None,
    tier: Tier = None,
    code: Code = None,
    failed_after: FailedAfter = None,
    failed_before: FailedBefore = None,
    rate: Rate = 10,
    dry_run: DryRun = False,
    yes: Yes = False,
    no_wait: NoWait = False,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Say that nothing more is to be done about failures: they stay failed, and leave the list."""
    wish = CreateBulkOperationRequest(
        kind=BulkOperationKind.BULK_OPERATION_KIND_ABANDON,
        filter=filtered(
            registration_ids,
            manufacturer=manufacturer,
            tier=tier,
            code=code,
            fingerprint=fingerprint,
            failed=(failed_after, failed_before),
        ),
        reason=reason,
        items_per_second=rate,
    )
    carried_out(wish, Manner(address, api_key, dry_run, yes, not no_wait, as_json))
