"""`registrar audit`: list what operators have done, and verify that nobody has changed the log.

Both read the database itself, with the REGISTRAR_DATABASE_URL and REGISTRAR_ROOT_KEY of `serve`.

Exit codes: 0 done, nothing is wrong · 1 the log is not as it was written · 2 wrong usage ·
3 the database does not answer.
"""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import typer
from rich.markup import escape

from registrar.bootstrap import auditing
from registrar.cli import output
from registrar.cli.output import Json
from registrar.cli.processes import loaded
from registrar.domain.audit import Entry, Head, read_head
from registrar.domain.errors import ConfigurationError, RegistrarError
from registrar.ports import plain
from registrar.ports.audit import AuditFilter

top = typer.Typer(help="What operators have done.", no_args_is_help=True)
app = typer.Typer()
app.add_typer(top, name="audit")

Answer = TypeVar("Answer")
WRONG, WRONG_USAGE = 1, 2
TIMES = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S")


def _run(work: Coroutine[Any, Any, Answer]) -> Answer:
    try:
        return output.run(work)
    except RegistrarError as error:
        typer.echo(f"registrar: {type(error).__name__}: {error}", err=True)
        wrong = isinstance(error, ConfigurationError)
        raise typer.Exit(WRONG_USAGE if wrong else output.UNAVAILABLE) from None


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.replace(tzinfo=UTC)


Since = Annotated[datetime | None, typer.Option(formats=[*TIMES], help="From then on, UTC.")]
Until = Annotated[datetime | None, typer.Option(formats=[*TIMES], help="Before then, UTC.")]


@top.command("list")
def listed(  # noqa: PLR0913 - its options
    *,
    tenant: Annotated[str, typer.Option(help="Whose keys have done it.")] = "",
    actor: Annotated[str, typer.Option(help="key:ID, or cli.")] = "",
    action: Annotated[str, typer.Option(help="Such as connector.pause.")] = "",
    subject: Annotated[str, typer.Option(help="On what it was done.")] = "",
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option(min=1, help="So many at most.")] = 100,
    as_json: Json = False,
) -> None:
    """Show what was done, newest first, by the keys of all tenants and in the database itself."""
    where = AuditFilter(tenant, actor, action, subject, _utc(since), _utc(until))
    found = _run(auditing.listed(loaded(), where, limit))
    if as_json:
        for one in found:
            output.line(_plain(one))
    else:
        output.out.print(_table(found))


def _plain(one: Entry) -> dict[str, Any]:
    return asdict(one) | {"at": _time(one)}


def _time(one: Entry) -> str:
    """Also of a number that is no time: somebody has written it."""
    try:
        return plain.from_micros(one.at).isoformat(timespec="microseconds")
    except (OverflowError, TypeError):
        return str(one.at)


def _table(found: Sequence[Entry]) -> Any:  # noqa: ANN401 - rich's own
    rows = output.table("Audit log", "position", "time", "tenant", "actor", "action", "on", "after")
    for one in found:
        stage = "" if one.stage == "done" else f" ({one.stage})"
        shown = one.tenant_id, one.actor, f"{one.action}{stage}", one.subject, one.after
        rows.add_row(str(one.position), _time(one)[:19], *map(escape, shown))
    return rows


@top.command()
def verify(
    *,
    head: Annotated[str, typer.Option(help="What it has printed before: POSITION:HASH.")] = "",
    as_json: Json = False,
) -> None:
    """Check every entry against its hash and the one before; print the head, to be noted.

    With a head that was noted it also sees that the end of the log is missing, or was made anew.
    """
    noted = _noted(head)
    found = _run(auditing.verified(loaded(), noted))
    if as_json:
        output.line({"head": str(found.head), "position": found.position, "problem": found.problem})
    elif found.problem:
        typer.echo(f"registrar: position {found.position}: {found.problem}", err=True)
    else:
        typer.echo(str(found.head))
    if found.problem:
        raise typer.Exit(WRONG)


def _noted(head: str) -> Head | None:
    if not head:
        return None
    try:
        return read_head(head)
    except ValueError as error:
        typer.echo(f"registrar: --head: {error}", err=True)
        raise typer.Exit(2) from None
