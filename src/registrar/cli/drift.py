"""`registrar connectors drift`: what has changed of the manufacturers' forms, and what mends it.

Exit codes: 0 nothing has changed · 1 something has, or you said no · 2 wrong usage · 3 the service
does not answer · 4 the service refused.
"""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from registrar.cli import output
from registrar.cli.output import DEFAULT_ADDRESS, Address, ApiKey, Json
from registrar.client.messages import FormChange, FormDrift, FormStepDrift

app = typer.Typer()

Of = Annotated[str, typer.Argument(help="Of this manufacturer alone.")]
Accept = Annotated[
    str,
    typer.Option(
        "--accept",
        metavar="ID",
        help="What the form of this manufacturer looks like now is as it should be.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command()
def drift(  # noqa: PLR0913 - its options
    manufacturer_id: Of = "",
    *,
    accept: Accept = "",
    yes: Yes = False,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """What has changed of each form, what it means, and a patch of the manifest; exit code 1."""
    if accept and manufacturer_id not in {"", accept}:
        raise typer.BadParameter("is another manufacturer", param_hint="--accept")
    if accept and not yes:
        typer.confirm(f"Take the form of {accept} as it is?", abort=True, err=True)

    async def work() -> list[FormDrift]:
        async with output.client(address, api_key) as client:
            if accept:
                return [await client.accept_form(accept)]
            return await client.drift(manufacturer_id)

    found = output.run(work())
    for one in found:
        if as_json:
            output.line(one)
        else:
            _told(one)
    if any(one.HasField("stop") or any(step.changes for step in one.steps) for one in found):
        raise typer.Exit(output.SOME_FAILED)


def _told(one: FormDrift) -> None:
    """A table of its steps, the pictures of them, and the patch as it is."""
    rows = output.table(title(one), "step", "class", "change", "since")
    for step in one.steps:
        for change in step.changes:
            rows.add_row(*map(escape, _row(step, change)))
    if rows.row_count:
        output.out.print(rows)
    else:
        output.out.print(escape(title(one)))
    for step in one.steps:
        if step.artifact_id:
            # Whole: a word that is cut short is of no use to whoever must copy it.
            picture = f"{step.step}: a picture is {step.artifact_id}"
            output.out.print(picture, markup=False, highlight=False, soft_wrap=True)
    if one.manifest_patch:
        output.out.print(one.manifest_patch, markup=False, highlight=False, soft_wrap=True)


def title(one: FormDrift) -> str:
    """Its standing, in a line."""
    said = f"{one.manufacturer_id} {one.version}"
    if one.HasField("stop"):
        return f"{said}: stopped at {one.stop.stopped_step}: {one.stop.reason}"
    if not one.steps:
        return f"{said}: not seen yet"
    failed = f", {one.consecutive_failures} failures in a row" if one.consecutive_failures else ""
    changed = any(step.changes for step in one.steps)
    return f"{said}: {'changed' if changed else 'as it was'}{failed}"


def _row(step: FormStepDrift, change: FormChange) -> tuple[str, ...]:
    then = f" {change.was!r}" if change.was else ""
    since = f" → {change.now!r}" if change.now else ""
    what = f"{change.where}: {change.what.replace('_', ' ')}{then}{since}"
    seen = f"{step.seen_time.ToDatetime():%Y-%m-%d %H:%M} UTC"
    return step.step, change.severity, what, seen
