"""`registrar keys-at-rest`: what seals the data, other keys for it, and whether it can be read.

All read the databases themselves, with the settings of `serve`.

Exit codes: 0 done, everything can be read · 1 something cannot be read · 2 wrong usage or setting ·
3 a database or the provider of keys does not answer.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Coroutine
from time import monotonic
from typing import Annotated, Any, TypeVar

import typer

from registrar.app.inspection import Inspected
from registrar.app.rotation import Passed
from registrar.bootstrap import rotating
from registrar.bootstrap.rotating import AtRest
from registrar.cli import output
from registrar.cli.output import Json
from registrar.cli.processes import loaded
from registrar.domain.audit import Action
from registrar.domain.errors import ConfigurationError, RegistrarError
from registrar.keys.vault import LOOK

top = typer.Typer(help="What seals the data where it rests.", no_args_is_help=True)
app = typer.Typer()
app.add_typer(top, name="keys-at-rest")

Answer = TypeVar("Answer")
UNREADABLE = 1
USAGE = 2
NAMED = 20
"""Ids of what cannot be read that are shown."""
SAID = 10.0
"""Seconds between two lines of progress where nobody watches a terminal."""


def _run(work: Coroutine[Any, Any, Answer]) -> Answer:
    try:
        return output.run(work)
    except RegistrarError as error:
        typer.echo(f"registrar: {type(error).__name__}: {error}", err=True)
        wrong = isinstance(error, ConfigurationError)
        raise typer.Exit(USAGE if wrong else output.UNAVAILABLE) from None


@top.command()
def status(*, as_json: Json = False) -> None:
    """Which key-encryption key wraps which master, and how many keys of records each wraps."""

    async def look() -> dict[str, Any]:
        async with rotating.at_rest(loaded()) as there:
            counts = await there.keys.rows.counts()
            masters = await there.keys.rows.masters()
            return {
                "provider_key": there.keys.masters.provider_key,
                "newest_master": there.keys.masters.newest,
                "masters": [
                    {
                        "version": one.version,
                        "purpose": one.purpose.value,
                        "wrapped_by": one.wrapped.key,
                        "records": counts.live.get(one.version, 0),
                    }
                    for one in masters
                ],
                "retired": counts.retired,
                "destroyed": counts.destroyed,
            }

    found = _run(look())
    if as_json:
        output.line(found)
        return
    typer.echo(f"key-encryption key  {found['provider_key']}")
    for one in found["masters"]:
        newest = "  newest" if one["version"] == found["newest_master"] else ""
        behind = "" if one["wrapped_by"] == found["provider_key"] else "  NOT the current key"
        typer.echo(
            f"master {one['version']:>3}  {one['purpose']:<8}  by {one['wrapped_by']}{behind}"
            f"  {one['records']} keys{newest}"
        )
    typer.echo(f"retired {found['retired']}, destroyed {found['destroyed']}")


@top.command()
def rotate(
    *,
    records: Annotated[
        bool, typer.Option("--records", help="A new master too, and a new key for every record.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the newest master of a run cut off.")
    ] = False,
    settle: Annotated[
        float,
        typer.Option(min=0, help="Seconds for processes to take up the new master."),
    ] = 2 * LOOK,
    as_json: Json = False,
) -> None:
    """Wrap the masters by the current key-encryption key; with --records, re-encrypt everything.

    While the service runs. What was retired is kept for REGISTRAR_RETIRED_KEY_DAYS.
    """

    async def work() -> dict[str, Any]:
        async with rotating.at_rest(loaded()) as there:
            wrapped = await there.audit.around(
                there.act(Action.REWRAP_KEYS), there.keys.masters.rewrap, _versions
            )
            met = Passed()
            if records or resume:
                met = await there.audit.around(
                    there.act(Action.ROTATE_KEYS), lambda: _moved(there, settle, resume), _counts
                )
            return {"rewrapped": wrapped, **_counts(met)}

    found = _run(work())
    if as_json:
        output.line(found)
    else:
        typer.echo(f"masters wrapped anew: {len(found['rewrapped'])}")
        if records or resume:
            typer.echo(f"records seen {found['seen']}, moved to a new key {found['moved']}")
    if found["unreadable"]:
        typer.echo(
            f"registrar: {found['unreadable']} cannot be read; `verify` names them", err=True
        )
        raise typer.Exit(UNREADABLE)


async def _moved(there: AtRest, settle: float, resume: bool) -> Passed:  # noqa: FBT001 - the option
    newest = there.keys.masters.newest if resume else await there.keys.masters.renew()
    typer.echo(f"master {newest} wraps now; if this is cut off, --resume goes on", err=True)
    met = await _all(there.rotation.passes(newest))
    # What other processes have sealed by the old master since: they learn of the new one by then.
    typer.echo(f"a second pass follows in {settle:g} s", err=True)
    await asyncio.sleep(settle)
    again = await _all(there.rotation.passes(newest))
    older = [one.version for one in await there.keys.rows.masters() if one.version < newest]
    await there.keys.rows.drop_masters(older)
    return Passed(again.seen, met.moved + again.moved, again.overtaken, again.unreadable)


async def _all(passed: AsyncIterator[Passed]) -> Passed:
    met, said = Passed(), monotonic()
    terminal = sys.stderr.isatty()
    async for one in passed:
        met += one
        if terminal:
            typer.echo(f"\r{_progress(met)}", nl=False, err=True)
        elif monotonic() - said >= SAID:
            said = monotonic()
            typer.echo(_progress(met), err=True)
    typer.echo(("\r" if terminal else "") + _progress(met), err=True)
    return met


def _progress(met: Passed) -> str:
    return f"{met.seen} seen, {met.moved} moved"


def _versions(rewrapped: list[int]) -> object:
    return {"masters": rewrapped}


def _counts(met: Passed) -> dict[str, int]:
    return {
        "seen": met.seen,
        "moved": met.moved,
        "overtaken": met.overtaken,
        "unreadable": met.unreadable,
    }


@top.command()
def verify(*, as_json: Json = False) -> None:
    """Open every submission and read every artifact to its end."""

    async def work() -> dict[str, Any]:
        async with rotating.at_rest(loaded()) as there:
            submissions, broken = await _inspected(there.inspection.submissions())
            artifacts, torn = await _inspected(there.inspection.files())
            return {
                "submissions": submissions,
                "artifacts": artifacts,
                "unreadable": [*broken, *torn],
            }

    found = _run(work())
    unreadable: list[str] = found["unreadable"]
    if as_json:
        output.line(found)
    else:
        typer.echo(f"{found['submissions']} submissions, {found['artifacts']} artifacts")
    if unreadable:
        shown = ", ".join(unreadable[:NAMED])
        more = f" and {len(unreadable) - NAMED} more" if len(unreadable) > NAMED else ""
        typer.echo(f"registrar: cannot be read: {shown}{more}", err=True)
        raise typer.Exit(UNREADABLE)


async def _inspected(pages: AsyncIterator[Inspected]) -> tuple[int, list[str]]:
    seen, broken = 0, list[str]()
    async for one in pages:
        seen += one.seen
        broken += one.unreadable
    return seen, broken
