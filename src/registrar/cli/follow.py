"""Following registrations to their end, with a live table where there is a terminal."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from rich.live import Live
from rich.table import Table

from registrar.cli import output
from registrar.client import Client
from registrar.client.messages import (
    RegistrationIds,
    RegistrationState,
    WatchRegistrationsRequest,
)

GROUP = 100
"""Ids of one watch."""

State = RegistrationState
TERMINAL = frozenset(
    {
        State.REGISTRATION_STATE_SUCCEEDED,
        State.REGISTRATION_STATE_REJECTED,
        State.REGISTRATION_STATE_FAILED,
        State.REGISTRATION_STATE_CANCELLED,
    }
)
SETTLED = TERMINAL | {State.REGISTRATION_STATE_ACTION_REQUIRED}
"""Nothing more happens by itself."""


@dataclass(slots=True)
class Followed:
    """The newest state of each."""

    states: dict[str, int] = field(default_factory=dict)

    @property
    def counts(self) -> Counter[str]:
        """By the state's name."""
        known = State.DESCRIPTOR.values_by_number
        return Counter(
            known[number].name if number in known else str(number)
            for number in self.states.values()
        )

    def table(self) -> Table:
        """How many are in which state."""
        made = output.table("Registrations", "state", "count")
        for name, count in sorted(self.counts.items()):
            made.add_row(output.word(name), str(count))
        return made


async def follow(
    client: Client, registration_ids: Sequence[str], seconds: float | None = None
) -> Followed:
    """Until all are settled, or the time is over."""
    followed = Followed(dict.fromkeys(registration_ids, State.REGISTRATION_STATE_PENDING))
    groups = [
        list(registration_ids[start : start + GROUP])
        for start in range(0, len(registration_ids), GROUP)
    ]
    with Live(console=output.chatter, auto_refresh=False, transient=True) as live:

        async def group(ids: list[str]) -> None:
            async for _ in _states(client, ids, followed):
                if output.chatter.is_terminal:
                    live.update(followed.table(), refresh=True)
                if all(followed.states[one] in SETTLED for one in ids):
                    return

        try:
            async with asyncio.timeout(seconds):
                await asyncio.gather(*(group(ids) for ids in groups))
        except TimeoutError:
            output.chatter.print("registrar: not all were settled in time")
    return followed


async def _states(client: Client, ids: list[str], followed: Followed) -> AsyncIterator[None]:
    request = WatchRegistrationsRequest(
        registration_ids=RegistrationIds(ids=ids), send_initial_state=True
    )
    async for message in client.watch(request):
        kind = message.WhichOneof("message")
        if kind == "snapshot":
            followed.states[message.snapshot.id] = message.snapshot.state
        elif kind == "event":
            followed.states[message.event.registration_id] = message.event.state
        yield
