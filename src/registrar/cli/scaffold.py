"""`registrar connectors new`: a manufacturer's folder to start from."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.markup import escape
from rich.prompt import Prompt

from registrar.cli import output
from registrar.connectors.scaffold import packaging, writing
from registrar.connectors.scaffold.wanted import ID, Auth, Shape, Wanted
from registrar.domain.errors import ConfigurationError

app = typer.Typer()
USAGE = 2


@app.command()
def new(  # noqa: PLR0913 - one parameter an option
    maker: Annotated[
        str, typer.Argument(metavar="[ID]", help="Of the manufacturer; without it, you are asked.")
    ] = "",
    *,
    name: Annotated[str, typer.Option(help="As people write it; else the id.")] = "",
    brand: Annotated[list[str] | None, typer.Option(help="Each; else the name.")] = None,
    country: Annotated[
        list[str] | None, typer.Option(help="Each, as DE; without any, all of them.")
    ] = None,
    api: Annotated[Shape, typer.Option(help="What its API does.")] = Shape.REGISTER_SYNC,
    auth: Annotated[Auth, typer.Option(help="How requests prove who sends them.")] = Auth.BEARER,
    folder: Annotated[
        Path, typer.Option("--output", help="The folder of manufacturers to put it in.")
    ] = Path("manufacturers"),
    package: Annotated[
        bool, typer.Option("--package", help="As a distribution of its own, in that folder.")
    ] = False,
) -> None:
    """Write a manufacturer's folder: right by the lints, with a mark at each fact to find."""
    try:
        wanted = (
            Wanted(maker, name or maker, _each(brand, name or maker), _each(country), api, auth)
            if maker
            else _asked()
        )
        made = packaging.lay_out(wanted, folder) if package else writing.write(wanted, folder)
    except ConfigurationError as error:
        _refuse(str(error))
    _tell(made)


def _each(given: list[str] | None, *otherwise: str) -> tuple[str, ...]:
    return tuple(given or otherwise)


def _asked() -> Wanted:
    """On a terminal, one question after the other."""
    if not sys.stdin.isatty():
        _refuse("name the manufacturer: there is no terminal to ask on")
    maker = _question("Id of the manufacturer, as acme")
    while not ID.fullmatch(maker):
        maker = _question("2 to 31 of a-z, 0-9 and _, first a letter")
    name = _question("Its name, as people write it", maker.title())
    brands = _listed(_question("Its brands, with commas", name))
    countries = _listed(_question("Countries, as DE,AT; empty means anywhere"))
    shape = Shape(_question("What its API does", Shape.REGISTER_SYNC, list(Shape)))
    needs_keys = shape is not Shape.NONE
    auth = Auth(
        _question("Its credentials", Auth.BEARER, list(Auth)) if needs_keys else Auth.BEARER
    )
    return Wanted(maker, name, brands, countries, shape, auth)


def _question(text: str, default: str = "", choices: list[str] | None = None) -> str:
    """Asked again where the answer is none of the choices."""
    return Prompt.ask(
        escape(text),
        console=output.chatter,
        choices=choices,
        default=default,
        show_default=bool(default),
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (one.strip() for one in text.split(","))))


def _tell(made: Path) -> None:
    """Where it is, and how to go on."""
    typer.echo(made)
    for rest in (f"lint {made}", f"test {made.name} --folder {made}"):
        output.chatter.print(f"registrar connectors {rest}", markup=False, soft_wrap=True)


def _refuse(reason: str) -> NoReturn:
    output.chatter.print(f"registrar: {reason}", markup=False, soft_wrap=True)
    raise typer.Exit(USAGE)
