"""`registrar notifications`: show, set, rotate-secret, deliveries, replay, bounced.

Exit codes: 0 done · 1 you said no · 2 wrong usage · 3 the service does not answer · 4 the service
refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer
from google.protobuf.message import Message
from rich.markup import escape

from registrar.cli import bounces, deliveries, output
from registrar.cli.deliveries import Yes, number, word
from registrar.cli.output import DEFAULT_ADDRESS, Address, ApiKey, Json
from registrar.client.messages import (
    GetNotificationSettingsResponse,
    NotificationKind,
    NotificationSettings,
    UpdateNotificationSettingsResponse,
)

top = typer.Typer(help="What customers and systems are told.", no_args_is_help=True)
top.add_typer(deliveries.app)
top.add_typer(bounces.app)
app = typer.Typer()
app.add_typer(top, name="notifications")


class Kind(StrEnum):
    """What is told, as it is typed."""

    RECEIVED = "received"
    REGISTERED = "registered"
    ACTION_REQUIRED = "action-required"
    FAILED = "failed"
    REMINDER = "reminder"
    ALL = "all"
    NONE = "none"


Kinds = Annotated[list[Kind] | None, typer.Option(help="Give it again for each; or all, or none.")]
Text = Annotated[str | None, typer.Option(help="Empty for none.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Let the service check it, and do nothing.")
]


def _numbers(kinds: Sequence[Kind]) -> list[Any]:
    """Of the contract."""
    if Kind.NONE in kinds:
        return []
    wanted = [one for one in Kind if one not in {Kind.ALL, Kind.NONE}]
    chosen = wanted if Kind.ALL in kinds else kinds
    return [number(NotificationKind, "NOTIFICATION_KIND_", one) for one in chosen]


@top.command()
def show(
    *, address: Address = DEFAULT_ADDRESS, api_key: ApiKey = "", as_json: Json = False
) -> None:
    """Show how your tenant wants it told."""

    async def work() -> GetNotificationSettingsResponse:
        async with output.client(address, api_key) as client:
            return await client.notifications.settings()

    found = output.run(work())
    if as_json:
        output.line(found)
        return
    rows = output.table("Notifications", "setting", "value")
    for name, value in (*_settings(found.settings), *_standing(found)):
        rows.add_row(name, escape(value))
    output.out.print(rows)


def _settings(given: NotificationSettings) -> list[tuple[str, str]]:
    return [
        (one.name.replace("_", " "), _shown(given, one.name)) for one in given.DESCRIPTOR.fields
    ]


def _shown(given: Message, name: str) -> str:
    value = getattr(given, name)
    if name in {"emails", "webhooks"}:
        kinds = [word(NotificationKind, "NOTIFICATION_KIND_", one) for one in value]
        return ", ".join(kinds) or "none"
    if name == "languages":
        return ", ".join(value) or "all"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _standing(found: GetNotificationSettingsResponse) -> list[tuple[str, str]]:
    health = found.webhook_health
    state = "well"
    if health.HasField("failing_since"):
        state = f"failing since {health.failing_since.ToJsonString()}"
    if health.HasField("disabled_since"):
        state = f"disabled since {health.disabled_since.ToJsonString()}"
    changed = f"{found.change_time.ToJsonString()} by {found.changed_by}"
    return [
        ("webhook", state if found.settings.webhook_url else ""),
        ("mail is sent here", "yes" if found.email_available else "no"),
        ("webhooks are sent here", "yes" if found.webhook_available else "no"),
        ("changed", changed if found.changed_by else "never"),
    ]


@top.command(name="set")
def set_settings(  # noqa: PLR0913 - its options
    *,
    emails: Kinds = None,
    from_address: Text = None,
    reply_to: Text = None,
    brand: Text = None,
    logo_url: Text = None,
    support_link: Text = None,
    unsubscribe_link: Text = None,
    language: Annotated[
        list[str] | None, typer.Option(help="en, de, fr or es, again for each; or all.")
    ] = None,
    webhooks: Kinds = None,
    webhook_url: Text = None,
    webhook_references: Annotated[
        bool | None, typer.Option(help="Whether webhooks carry references.")
    ] = None,
    dry_run: DryRun = False,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Change what is given, and leave the rest as it is."""
    given = {
        "emails": None if emails is None else _numbers(emails),
        "from_address": from_address,
        "reply_to": reply_to,
        "brand": brand,
        "logo_url": logo_url,
        "support_link": support_link,
        "unsubscribe_link": unsubscribe_link,
        "languages": [] if language == ["all"] else language,
        "webhooks": None if webhooks is None else _numbers(webhooks),
        "webhook_url": webhook_url,
        "webhook_references": webhook_references,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        raise typer.BadParameter("name at least one setting")

    async def work() -> UpdateNotificationSettingsResponse:
        async with output.client(address, api_key) as client:
            there = await client.notifications.settings()
            wanted = _changed(there.settings, changes)
            return await client.notifications.update(wanted, there.etag, validate_only=dry_run)

    made = output.run(work())
    if as_json:
        output.line(made)
        return
    rows = output.table("Notifications", "setting", "value")
    for name, value in _settings(made.settings):
        rows.add_row(name, escape(value))
    output.out.print(rows)
    if made.webhook_secret:
        output.out.print(f"secret of the webhook, shown this once: {made.webhook_secret}")


def _changed(there: Any, changes: dict[str, Any]) -> NotificationSettings:  # noqa: ANN401 - fields by name
    for name in changes:
        there.ClearField(name)
    wanted = NotificationSettings(**changes)
    wanted.MergeFrom(there)
    return wanted


@top.command()
def rotate_secret(
    *,
    overlap_hours: Annotated[
        float, typer.Option(min=0, help="How long the one before signs as well.")
    ] = 24.0,
    yes: Yes = False,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Make a new secret for the webhook; it is shown this once."""
    if not yes:
        typer.confirm("Make a new secret?", abort=True, err=True)

    async def work() -> Message:
        async with output.client(address, api_key) as client:
            return await client.notifications.rotate(timedelta(hours=overlap_hours))

    made: Any = output.run(work())
    if as_json:
        output.line(made)
        return
    output.out.print(made.webhook_secret)
