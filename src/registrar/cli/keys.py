"""`registrar keys`: create, list, rotate and revoke the API keys of your tenant; first.

Exit codes: 0 done · 1 you said no · 2 wrong usage · 3 the service does not answer · 4 the service
refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.markup import escape

from registrar.cli import output
from registrar.cli.deliveries import Yes, number, word
from registrar.cli.output import DEFAULT_ADDRESS, Address, Json
from registrar.cli.output import ApiKey as OwnKey
from registrar.client.messages import ApiKey, ApiKeyScope, ApiKeyState

top = typer.Typer(help="Who may call, and what.", no_args_is_help=True)
app = typer.Typer()
app.add_typer(top, name="keys")

SHOWN_ONCE = "Keep it now: it is shown this once."


class Scope(StrEnum):
    """What a key may do, as it is typed."""

    SUBMIT = "submit"
    READ = "read"
    OPERATE = "operate"
    ADMIN = "admin"


Scopes = Annotated[
    list[Scope],
    typer.Option("--scope", help="What it may do; give it again for each."),
]
Name = Annotated[str, typer.Option(help="What it is for.")]
Days = Annotated[
    int | None, typer.Option("--days", min=1, help="How long it works; for ever without.")
]
KeyId = Annotated[str, typer.Argument(metavar="KEY_ID", help="The third part of its text.")]


def _ends(days: int | None) -> datetime | None:
    return None if days is None else datetime.now(UTC) + timedelta(days=days)


def _shown(text: str, key: ApiKey | None = None, *, as_json: bool) -> None:
    """The new key alone on standard output, so that it can be piped into a vault."""
    if as_json:
        output.line({"key_text": text, "api_key": output.plain(key)} if key else {"key_text": text})
        return
    output.chatter.print(SHOWN_ONCE)
    typer.echo(text)


@top.command()
def create(  # noqa: PLR0913 - its options
    *,
    name: Name,
    scope: Scopes,
    days: Days = None,
    address: Address = DEFAULT_ADDRESS,
    api_key: OwnKey = "",
    as_json: Json = False,
) -> None:
    """Make a key with some of the scopes that your own has."""
    scopes = [number(ApiKeyScope, "API_KEY_SCOPE_", one) for one in scope]

    async def work() -> Any:  # noqa: ANN401 - the generated message
        async with output.client(address, api_key) as client:
            return await client.api_keys.create(name, scopes, _ends(days))

    made = output.run(work())
    _shown(made.key_text, made.api_key, as_json=as_json)


@top.command("list")
def listed(
    *, address: Address = DEFAULT_ADDRESS, api_key: OwnKey = "", as_json: Json = False
) -> None:
    """List the keys of your tenant, newest first; never their secrets."""

    async def work() -> list[ApiKey]:
        async with output.client(address, api_key) as client:
            return [one async for one in client.api_keys.every()]

    found = output.run(work())
    if as_json:
        for one in found:
            output.line(one)
    else:
        output.out.print(_table(found))


def _table(keys: Sequence[ApiKey]) -> Any:  # noqa: ANN401 - rich's own
    rows = output.table("Keys", "id", "name", "may", "state", "until", "last used")
    for one in keys:
        scopes = ", ".join(word(ApiKeyScope, "API_KEY_SCOPE_", scope) for scope in one.scopes)
        until = one.revoke_time if one.HasField("revoke_time") else one.expire_time
        has = one.HasField("revoke_time") or one.HasField("expire_time")
        rows.add_row(
            one.api_key_id,
            escape(one.display_name),
            scopes,
            word(ApiKeyState, "API_KEY_STATE_", one.state),
            until.ToJsonString() if has else "",
            one.last_use_time.ToJsonString() if one.HasField("last_use_time") else "never",
        )
    return rows


@top.command()
def rotate(
    key_id: KeyId,
    *,
    overlap_hours: Annotated[
        float | None, typer.Option(min=0, help="How long the old one works on; a day without.")
    ] = None,
    address: Address = DEFAULT_ADDRESS,
    api_key: OwnKey = "",
    as_json: Json = False,
) -> None:
    """Make a key that can do the same; the old one works on for a while."""
    overlap = None if overlap_hours is None else timedelta(hours=overlap_hours)

    async def work() -> Any:  # noqa: ANN401 - the generated message
        async with output.client(address, api_key) as client:
            return await client.api_keys.rotate(key_id, overlap)

    made = output.run(work())
    if not as_json:
        output.chatter.print(f"The old one works until {made.previous.expire_time.ToJsonString()}.")
    _shown(made.key_text, made.api_key, as_json=as_json)


@top.command()
def revoke(
    key_id: KeyId,
    *,
    yes: Yes = False,
    address: Address = DEFAULT_ADDRESS,
    api_key: OwnKey = "",
    as_json: Json = False,
) -> None:
    """End a key: nobody is let in by it any more."""
    if not yes:
        typer.confirm(f"Nobody is let in by {key_id} any more. Go on?", abort=True)

    async def work() -> ApiKey:
        async with output.client(address, api_key) as client:
            return await client.api_keys.revoke(key_id)

    ended = output.run(work())
    if as_json:
        output.line(ended)
    else:
        output.out.print(f"{key_id} is revoked, everywhere within half a minute.", markup=False)


@top.command()
def first(
    *,
    tenant: Annotated[str, typer.Option(help="Whose key it is.")],
    name: Name,
    scope: Scopes,
    days: Days = None,
    as_json: Json = False,
) -> None:
    """Make a key in the database itself: the first of a tenant, for who runs the service.

    It needs REGISTRAR_DATABASE_URL and REGISTRAR_ROOT_KEY, as `serve` has them.
    """
    from registrar.bootstrap.admitting import first_key  # noqa: PLC0415 - slow, for this alone
    from registrar.cli.processes import loaded  # noqa: PLC0415
    from registrar.domain.errors import InvalidRequest, RegistrarError  # noqa: PLC0415

    settings = loaded()
    try:
        text = output.run(
            first_key(settings, tenant, name, [str(one) for one in scope], _ends(days))
        )
    except InvalidRequest as error:
        for one in error.violations:
            typer.echo(f"registrar: {one.field}: {one.description}", err=True)
        raise typer.Exit(2) from None
    except RegistrarError as error:
        typer.echo(f"registrar: {type(error).__name__}: {error}", err=True)
        raise typer.Exit(output.UNAVAILABLE) from None
    _shown(text, as_json=as_json)
