"""Offline commands about manifests: lint, schema, and the pages that are made of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from registrar.cli import output
from registrar.cli.output import Json
from registrar.connectors.kit import manifest, pages, reading
from registrar.connectors.kit.catalogue import PACKAGED
from registrar.domain.errors import ConfigurationError

app = typer.Typer()
WRONG, USAGE = 1, 2

Folder = Annotated[Path, typer.Argument(help="Of manufacturers; without it, the packaged ones.")]
Output = Annotated[
    Path | None, typer.Option("--output", help="The file to write; without it, standard output.")
]


@app.command()
def lint(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(help="Of manufacturers, or of one; without any, the packaged ones."),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Check manifests by schema and lints; exit code 1 where one is wrong."""
    paths = [path for folder in folders or [PACKAGED] for path in _files(folder)]
    found = [(path, one) for path in paths for one in manifest.problems(path)]
    for path, one in found:
        if as_json:
            where = {"file": str(path), "line": one.line, "path": one.path}
            output.line({**where, "message": one.message})
        else:
            typer.echo(f"{path}:{one}")
    wrong = {path for path, _ in found}
    for path in sorted(set(paths) - wrong):
        for change in manifest.older(path):
            output.chatter.print(f"{path}: written otherwise by now: {change}", markup=False)
    output.chatter.print(f"{len(paths)} checked, {len(wrong)} wrong", markup=False)
    if found:
        raise typer.Exit(WRONG)


def _files(folder: Path) -> list[Path]:
    found = reading.files(folder)
    if not found:
        _refuse(USAGE, f"{folder}: no {reading.FILE}, and none in a folder of it")
    return found


def _refuse(code: int, reason: str) -> NoReturn:
    output.chatter.print(f"registrar: {reason}", markup=False, soft_wrap=True)
    raise typer.Exit(code) from None


@app.command()
def schema() -> None:
    """The JSON Schema of a manifest, for editors."""
    typer.echo(reading.SCHEMA_FILE.read_text(encoding="utf-8"), nl=False)


@app.command()
def fields(folder: Folder = PACKAGED, *, output_file: Output = None) -> None:
    """The page that says which fields each manufacturer asks, found by probing."""
    try:
        page = pages.fields(manifest.load(path) for path in _files(folder))
    except ConfigurationError as error:
        _refuse(WRONG, str(error))
    _write(page, output_file)


@app.command()
def functions(*, output_file: Output = None) -> None:
    """The page of the functions that a manifest's fields may name."""
    _write(pages.functions(), output_file)


def _write(page: str, file: Path | None) -> None:
    if file is None:
        typer.echo(page, nl=False)
    else:
        file.write_text(page, encoding="utf-8")
