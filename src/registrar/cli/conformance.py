"""`registrar connectors test`: the conformance kit from the command line."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
import yaml

from registrar.cli import output
from registrar.cli.output import Json
from registrar.connectors.kit import manifest, probe, reading
from registrar.connectors.kit.catalogue import PACKAGED
from registrar.connectors.kit.manifest import ApiTier
from registrar.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from registrar.testing.conformance.report import Card

app = typer.Typer()
FAILED, USAGE = 1, 2


class Need(StrEnum):
    """What can be asked of a grade."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


@app.command(name="test")
def run(  # noqa: PLR0913 - one parameter an option
    manufacturers: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Which; or --all.")
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every manufacturer of the folder.")] = False,
    folder: Annotated[Path, typer.Option(help="Of manufacturers.")] = PACKAGED,
    need: Annotated[
        Need | None,
        typer.Option(help="Exit code 1 below this grade; without it, for any failed check."),
    ] = None,
    scorecard: Annotated[
        Path | None,
        typer.Option(
            help="Write the page of grades here; with --all. Of forms that are not tried it keeps "
            "what it says, where they are the same."
        ),
    ] = None,
    forms: Annotated[
        bool, typer.Option("--forms", help="Forms, too, in a real browser: some two minutes each.")
    ] = False,
    forms_of: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Forms of these only; may be given again."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Run the conformance kit against the simulated manufacturers."""
    if every is bool(manufacturers) or (scorecard and not every):
        _refuse("name manufacturers, or give --all; --scorecard needs --all")
    folders = _folders(folder, manufacturers or ())
    names = {one.name for one in folders}
    if unknown := sorted(set(forms_of or ()) - names):
        _refuse(f"--forms-of: {', '.join(unknown)} is not among the manufacturers of this run")
    tried = names if forms else set(forms_of or ())
    _examine(folders, need, scorecard, forms=tried, as_json=as_json)


def _folders(folder: Path, wanted: Sequence[str]) -> list[Path]:
    found = {path.parent.name: path.parent for path in reading.files(folder)}
    unknown = sorted(set(wanted) - set(found))
    if unknown or not found:
        _refuse(f"{folder}: no manufacturer {', '.join(unknown)}")
    return [found[name] for name in wanted or sorted(found)]


def _examine(
    folders: Sequence[Path],
    need: Need | None,
    scorecard: Path | None,
    *,
    forms: Collection[str],
    as_json: bool,
) -> None:
    # Here: it needs the sandbox's web server, which other commands do without.
    from registrar.testing.conformance import report, runner  # noqa: PLC0415 - slow to import

    cards = []
    for one in folders:
        cards.append(asyncio.run(runner.examined(one, forms=one.name in forms)))
        _show(cards[-1], as_json=as_json)
    if scorecard is not None:
        _write(cards, scorecard)
    needed = report.Grade(need) if need else None
    if not all(one.enough(needed) for one in cards):
        raise typer.Exit(FAILED)


def _write(cards: Sequence[Card], page: Path) -> None:
    from registrar.testing.conformance import checks, kept, scorecard  # noqa: PLC0415 - as above

    if page.is_file():
        cards = kept.over(cards, kept.read(page.read_text(encoding="utf-8")), checks.TRIED)
    page.write_text(scorecard.page(cards), encoding="utf-8")


def _show(card: Card, *, as_json: bool) -> None:
    if as_json:
        output.line(card.shown())
        return
    rows = output.table(f"{card.manufacturer}: {card.grade}", "check", "", "result", "why")
    for one in card.results:
        rows.add_row(str(one.id), one.name, output.word(one.status), one.reason)
    output.out.print(rows)


def _refuse(reason: str) -> NoReturn:
    output.chatter.print(f"registrar: {reason}", markup=False, soft_wrap=True)
    raise typer.Exit(USAGE)


@app.command()
def asks(folder: Annotated[Path, typer.Argument(help="Of one manufacturer.")]) -> None:
    """The section `asks` of its scenarios.yaml, as the field probe finds it."""
    try:
        api: ApiTier | None = manifest.load(folder / reading.FILE).api
    except ConfigurationError as error:
        _refuse(str(error))
    typer.echo(yaml.safe_dump({"asks": probe.section(api)}, width=1000, sort_keys=False), nl=False)
