"""`registrar connectors overrides`: list, add, remove.

Exit codes: 0 done · 1 you said no · 2 wrong usage · 3 the service does not answer · 4 the service
refused.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer
import yaml
from google.protobuf.json_format import MessageToJson, ParseDict, ParseError
from rich.markup import escape

from registrar.cli import output
from registrar.cli.output import DEFAULT_ADDRESS, Address, ApiKey, Json
from registrar.client.messages import (
    AnswerCondition,
    CreateErrorOverrideRequest,
    ErrorOverride,
    ErrorRule,
    FulfillmentTier,
    SubmissionEffect,
)

app = typer.Typer(
    help="How operators have answers classified, until the next release.", no_args_is_help=True
)


class Effect(StrEnum):
    """Of an answer, as it is typed."""

    UNKNOWN = "unknown"
    REFUSED = "refused"
    ACCEPTED = "accepted"


EFFECTS = {
    Effect.UNKNOWN: SubmissionEffect.SUBMISSION_EFFECT_UNKNOWN,
    Effect.REFUSED: SubmissionEffect.SUBMISSION_EFFECT_REFUSED,
    Effect.ACCEPTED: SubmissionEffect.SUBMISSION_EFFECT_ACCEPTED,
}

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Let the service check it, and do nothing.")
]
Reason = Annotated[
    str, typer.Option(help="For other operators and the audit; 1 to 256 characters.")
]
When = Annotated[
    str,
    typer.Option(help="As in a manifest: '{status: [418], path: code, in: [odd]}', YAML or JSON."),
]
Until = Annotated[
    datetime,
    typer.Option(
        formats=["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%MZ"],
        help="When it ends, UTC, such as 2026-12-01T06:00Z; at most 90 days ahead.",
    ),
]
Risk = Annotated[
    bool,
    typer.Option(
        "--acknowledge-duplicate-risk",
        help="That a product may be registered twice; needed for the effect refused.",
    ),
]
RetryAfter = Annotated[float, typer.Option(help="Seconds, where the answer names none.")]


@app.command(name="list")
def list_overrides(
    manufacturer_id: Annotated[str, typer.Argument(help="Of this one alone.")] = "",
    *,
    expired: Annotated[bool, typer.Option("--expired", help="Also those that are over.")] = False,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """In the order in which they count."""

    async def work() -> list[ErrorOverride]:
        async with output.client(address, api_key) as client:
            return await client.overrides.all(manufacturer_id, show_expired=expired)

    _told(output.run(work()), as_json=as_json)


@app.command()
def add(  # noqa: PLR0913 - its options
    manufacturer_id: str,
    *,
    when: When,
    code: Annotated[str, typer.Option(help="Of the taxonomy, such as rate_limited.")],
    effect: Annotated[Effect, typer.Option(help="With unknown, a look-up decides.")],
    until: Until,
    reason: Reason,
    retry_after: RetryAfter = 0.0,
    guidance: Annotated[str, typer.Option(help="For the customer.")] = "",
    reference: Annotated[str, typer.Option(help="Path to the manufacturer's reference.")] = "",
    field: Annotated[str, typer.Option(help="Path to the name of the refused field.")] = "",
    canonical: Annotated[str, typer.Option(help="The field that it always means.")] = "",
    order: Annotated[int, typer.Option(help="Lower ones count first.")] = 0,
    acknowledge_duplicate_risk: Risk = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Classify an answer before the manifest does. Workers heed it within seconds."""
    rule = ErrorRule(
        when=condition(when),
        code=code,
        effect=EFFECTS[effect],
        guidance=guidance,
        reference=reference,
        field=field,
        canonical=canonical,
    )
    if retry_after:
        rule.retry_after.FromTimedelta(timedelta(seconds=retry_after))
    request = CreateErrorOverrideRequest(
        manufacturer_id=manufacturer_id,
        tier=FulfillmentTier.FULFILLMENT_TIER_API,
        order=order,
        rule=rule,
        acknowledge_duplicate_risk=acknowledge_duplicate_risk,
        reason=reason,
        validate_only=dry_run,
    )
    request.expire_time.FromDatetime(until.replace(tzinfo=UTC))
    if not (yes or dry_run):
        asked = f"Classify such answers of {manufacturer_id} as {code}, {effect.value}?"
        typer.confirm(asked, abort=True, err=True)

    async def work() -> ErrorOverride:
        async with output.client(address, api_key) as client:
            return await client.overrides.create(request)

    _told([output.run(work())], as_json=as_json)


@app.command()
def remove(  # noqa: PLR0913 - its options
    override_id: str,
    *,
    reason: Reason,
    yes: Yes = False,
    dry_run: DryRun = False,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """End an override before its time."""
    if not (yes or dry_run):
        typer.confirm(f"Remove {override_id}?", abort=True, err=True)

    async def work() -> ErrorOverride:
        async with output.client(address, api_key) as client:
            return await client.overrides.delete(override_id, reason, validate_only=dry_run)

    _told([output.run(work())], as_json=as_json)


def condition(text: str) -> AnswerCondition:
    """Of a manifest's `when`, in which `values` is called `in`."""
    try:
        given = yaml.safe_load(text)
        return ParseDict(_renamed(given), AnswerCondition())
    except (ParseError, yaml.YAMLError, ValueError, TypeError, AttributeError) as error:
        problem = " ".join(str(error).split())
        raise typer.BadParameter(problem, param_hint="--when") from None


def _renamed(given: dict[str, Any]) -> dict[str, Any]:
    also = [_renamed(one) for one in given.get("also", ())]
    made = {"values" if key == "in" else key: value for key, value in given.items()}
    return made | ({"also": also} if also else {})


def _told(found: list[ErrorOverride], *, as_json: bool) -> None:
    if as_json:
        for one in found:
            output.line(one)
        return
    rows = output.table("Overrides", "id", "of", "answers", "mean", "until", "reason")
    for column in rows.columns:
        # A word that is cut short is of no use to whoever must copy it.
        column.overflow = "fold"
    rows.columns[0].no_wrap = True
    for one in found:
        rows.add_row(*map(escape, _row(one)))
    output.out.print(rows)


def _row(one: ErrorOverride) -> tuple[str, ...]:
    when = MessageToJson(one.rule.when, indent=None)
    effect = SubmissionEffect.Name(one.rule.effect).removeprefix("SUBMISSION_EFFECT_").lower()
    until = f"{one.expire_time.ToDatetime():%Y-%m-%d %H:%M} UTC"
    reason = f"{one.created_by}: {one.reason}"
    return one.id, one.manufacturer_id, when, f"{one.rule.code}, {effect}", until, reason
