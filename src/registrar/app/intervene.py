"""Cancel and retry: what people ask of a registration that is already there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from msgspec.structs import replace

from registrar.app.backlog import Backlog
from registrar.app.commands import Caller, View
from registrar.domain import lifecycle
from registrar.domain.errors import EtagMismatch, StateConflict
from registrar.domain.lifecycle import Moment
from registrar.domain.registration import Event, EventKind, Registration, State, Transition
from registrar.ports.clock import Clock
from registrar.ports.store import Store

TRIES = 5
RECENT = 50
"""Events searched for the same request."""


class Reader(Protocol):
    """Of `queries.Queries`, what is needed here."""

    async def get(self, caller: Caller, registration_id: str) -> View:
        """Raises NotFound."""
        ...

    async def events(
        self, caller: Caller, registration_id: str, *, after: int, limit: int
    ) -> Sequence[Event]:
        """Events with a greater sequence; raises NotFound."""
        ...


Wish = Callable[[Registration, Moment], Transition]


@dataclass(frozen=True, slots=True)
class Intervene:
    """The use cases."""

    store: Store
    queries: Reader
    clock: Clock
    backlog: Backlog | None = None

    async def cancel(
        self, caller: Caller, registration_id: str, *, reason: str, etag: str, request_id: str
    ) -> View:
        """Raises NotFound, EtagMismatch, StateConflict, OutcomeUnverified."""
        del request_id  # to cancel what is being cancelled changes nothing: any repetition is told

        def wish(now: Registration, moment: Moment) -> Transition:
            return lifecycle.cancel(now, reason, moment)

        view = await self.queries.get(caller, registration_id)
        if view.registration.state in {State.CANCELLING, State.CANCELLED}:
            return view
        return await self.carried_out(caller, registration_id, etag, wish)

    async def retry(
        self,
        caller: Caller,
        registration_id: str,
        *,
        etag: str,
        request_id: str,
        acknowledge_duplicate_risk: bool,
    ) -> View:
        """Raises NotFound, EtagMismatch, StateConflict, OutcomeUnverified, Backlogged."""

        def wish(now: Registration, moment: Moment) -> Transition:
            asked = lifecycle.retry(
                now, moment, acknowledge_duplicate_risk=acknowledge_duplicate_risk
            )
            if self.backlog and (late := self.backlog.refusal(now.manufacturer_id, now.priority)):
                raise late
            event, *tier_changed = asked.events
            named = replace(event, detail=event.detail | {"request": request_id})
            return replace(asked, events=(named, *tier_changed))

        try:
            return await self.carried_out(caller, registration_id, etag, wish)
        except (StateConflict, EtagMismatch):
            if await self._done_before(caller, registration_id, request_id):
                return await self.queries.get(caller, registration_id)
            raise

    async def _done_before(self, caller: Caller, registration_id: str, request_id: str) -> bool:
        now = (await self.queries.get(caller, registration_id)).registration
        recent = await self.queries.events(
            caller, registration_id, after=max(0, now.revision - RECENT), limit=RECENT
        )
        return any(
            one.kind is EventKind.RETRY_REQUESTED and one.detail.get("request") == request_id
            for one in recent
        )

    async def carried_out(
        self, caller: Caller, registration_id: str, etag: str, wish: Wish
    ) -> View:
        """Against whatever the state is by then; a worker may move it at the same time."""
        moment = Moment(self.clock.now(), actor=f"caller:{caller.key_id}")
        for _ in range(TRIES):
            view = await self.queries.get(caller, registration_id)
            if etag and etag != view.registration.etag:
                raise EtagMismatch
            asked = wish(view.registration, moment)
            if all(await self.store.write([asked], timedelta(0))):
                return replace(view, registration=asked.registration, guide=None)
        raise StateConflict
