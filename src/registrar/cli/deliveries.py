"""`registrar notifications deliveries` and `replay`."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from itertools import count
from typing import Annotated, Any

import typer
from rich.markup import escape

from registrar.cli import output
from registrar.cli.output import DEFAULT_ADDRESS, Address, ApiKey, Json
from registrar.client.messages import (
    DeliveryState,
    ListNotificationDeliveriesRequest,
    NotificationChannel,
    NotificationDelivery,
    NotificationKind,
    ReplayNotificationDeliveriesRequest,
)

app = typer.Typer()


class Channel(StrEnum):
    """How, as it is typed."""

    EMAIL = "email"
    WEBHOOK = "webhook"


class State(StrEnum):
    """Where a delivery stands, as it is typed."""

    WAITING = "waiting"
    SENT = "sent"
    BOUNCED = "bounced"
    REFUSED = "refused"
    SPENT = "spent"
    SKIPPED = "skipped"


Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Since = Annotated[
    datetime,
    typer.Option(
        formats=["%Y-%m-%d", "%Y-%m-%dT%H:%MZ", "%Y-%m-%dT%H:%M:%SZ"],
        help="UTC, such as 2026-11-25T06:00Z.",
    ),
]


def number(enum: Any, prefix: str, typed: StrEnum) -> Any:  # noqa: ANN401 - the generated enums share no usable type
    """Of the contract."""
    return enum.Value(prefix + typed.value.upper().replace("-", "_"))


def word(enum: Any, prefix: str, number: int) -> str:  # noqa: ANN401 - see above
    """For people; also of a service that is newer."""
    name = enum.Name(number) if number in enum.values() else str(number)
    return str(name).removeprefix(prefix).lower().replace("_", " ")


@app.command()
def deliveries(  # noqa: PLR0913 - its options
    *,
    channel: Annotated[Channel | None, typer.Option(help="By this one alone.")] = None,
    state: Annotated[list[State] | None, typer.Option(help="Again for each.")] = None,
    registration_id: Annotated[str, typer.Option(help="Of this one alone.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """List what was told, is being told or could not be told, newest first."""
    request = ListNotificationDeliveriesRequest(
        states=[number(DeliveryState, "DELIVERY_STATE_", one) for one in state or ()],
        registration_id=registration_id,
        page_size=limit,
    )
    if channel is not None:
        request.channel = number(NotificationChannel, "NOTIFICATION_CHANNEL_", channel)

    async def work() -> list[NotificationDelivery]:
        async with output.client(address, api_key) as client:
            found, numbers = list[NotificationDelivery](), count(1)
            async for one in client.notifications.deliveries(request):
                found.append(one)
                if next(numbers) == limit:
                    break
            return found

    found = output.run(work())
    if as_json:
        for one in found:
            output.line(one)
        return
    rows = output.table("Deliveries", "id", "of", "what", "state", "tries", "code", "made")
    for one in found:
        rows.add_row(*map(escape, _row(one)))
    output.out.print(rows)


def _row(one: NotificationDelivery) -> tuple[str, ...]:
    kind = word(NotificationKind, "NOTIFICATION_KIND_", one.kind)
    channel = word(NotificationChannel, "NOTIFICATION_CHANNEL_", one.channel)
    state = word(DeliveryState, "DELIVERY_STATE_", one.state)
    made = f"{one.create_time.ToDatetime():%Y-%m-%d %H:%M} UTC"
    what = f"{kind} by {channel}"
    return one.id, one.registration_id, what, state, str(one.tries), one.code, made


@app.command()
def replay(  # noqa: PLR0913 - its options
    *,
    since: Since,
    channel: Annotated[Channel, typer.Option(help="Which.")] = Channel.WEBHOOK,
    include_sent: Annotated[
        bool, typer.Option("--include-sent", help="Also what was sent; webhooks only.")
    ] = False,
    yes: Yes = False,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Tell again what could not be told since then."""
    request = ReplayNotificationDeliveriesRequest(
        channel=number(NotificationChannel, "NOTIFICATION_CHANNEL_", channel),
        include_sent=include_sent,
    )
    request.since.FromDatetime(since.replace(tzinfo=UTC))
    if not yes:
        asked = f"Tell again by {channel.value} what was made since {since:%Y-%m-%d %H:%M} UTC?"
        typer.confirm(asked, abort=True, err=True)

    async def work() -> int:
        async with output.client(address, api_key) as client:
            return await client.notifications.replay(request)

    told = output.run(work())
    if as_json:
        output.line({"replayed": told})
        return
    output.out.print(f"{told} told again")
