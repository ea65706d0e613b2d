"""What a person says of a registration that was handed to them: done, or given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import msgspec
from msgspec.structs import replace

from registrar.app.commands import Caller, View
from registrar.app.intervene import RECENT, Intervene, Wish
from registrar.domain import lifecycle
from registrar.domain.errors import (
    EtagMismatch,
    InvalidRequest,
    RequestIdReused,
    StateConflict,
    Violation,
)
from registrar.domain.lifecycle import Moment
from registrar.domain.registration import Event, EventKind, Registration, Transition

LONGEST_REFERENCE = 100
LONGEST_REASON = 500
AHEAD = timedelta(days=1)
"""East of the clock the day has begun already."""

_KINDS = frozenset({EventKind.MANUALLY_COMPLETED, EventKind.GAVE_UP})


class Done(msgspec.Struct, frozen=True):
    """The manufacturer has it. `reference` is the manufacturer's own; empty where it gave none."""

    reference: str = ""
    registered_on: date | None = None


class GivenUp(msgspec.Struct, frozen=True):
    """It will not be registered by hand."""

    reason: str


@dataclass(frozen=True, slots=True)
class Completing:
    """The use case."""

    interventions: Intervene

    async def __call__(
        self,
        caller: Caller,
        registration_id: str,
        said: Done | GivenUp,
        *,
        etag: str,
        request_id: str,
    ) -> View:
        """Raises InvalidRequest, NotFound, EtagMismatch, StateConflict, RequestIdReused.

        Said twice, it happens once: a repetition is told how things stand.
        """
        queries = self.interventions.queries
        before = await queries.get(caller, registration_id)
        _check(said, before, self.interventions.clock.now().date())
        wish = _wish(said, request_id)
        try:
            return await self.interventions.carried_out(caller, registration_id, etag, wish)
        except (StateConflict, EtagMismatch):
            now = await queries.get(caller, registration_id)
            if _said_before(said, await self._told(caller, now.registration), request_id):
                return now
            raise

    async def _told(self, caller: Caller, now: Registration) -> list[Event]:
        """What people have said of it lately, the newest last; nothing where it has gone on."""
        recent = await self.interventions.queries.events(
            caller, now.id, after=max(0, now.revision - RECENT), limit=RECENT
        )
        return [one for one in recent if one.kind in _KINDS] if now.state.terminal else []


def _wish(said: Done | GivenUp, request_id: str) -> Wish:
    def wish(now: Registration, moment: Moment) -> Transition:
        if isinstance(said, Done):
            made = lifecycle.complete(now, said.reference, said.registered_on, moment)
        else:
            made = lifecycle.give_up(now, said.reason, moment)
        (event,) = made.events
        detail = event.detail | {"request": request_id}
        return replace(made, events=(replace(event, detail=detail),))

    return wish


def _said_before(said: Done | GivenUp, told: list[Event], request_id: str) -> bool:
    """By this request, or as the last word by any. Raises RequestIdReused."""
    wanted = _facts(said)
    of_this = [one for one in told if one.detail.get("request") == request_id]
    if any(_told_facts(one) != wanted for one in of_this):
        raise RequestIdReused
    return bool(of_this) or [_told_facts(one) for one in told[-1:]] == [wanted]


def _told_facts(event: Event) -> tuple[EventKind, dict[str, str]]:
    return event.kind, {key: one for key, one in event.detail.items() if key != "request"}


def _facts(said: Done | GivenUp) -> tuple[EventKind, dict[str, str]]:
    if isinstance(said, GivenUp):
        return EventKind.GAVE_UP, {"reason": said.reason} if said.reason else {}
    on = said.registered_on.isoformat() if said.registered_on else ""
    facts = {"reference": said.reference, "registered_on": on}
    return EventKind.MANUALLY_COMPLETED, {key: one for key, one in facts.items() if one}


def _check(said: Done | GivenUp, before: View, today: date) -> None:
    if isinstance(said, GivenUp):
        found = _text("gave_up.reason", said.reason, LONGEST_REASON)
    else:
        found = _text("completed.manufacturer_reference", said.reference, LONGEST_REFERENCE)
        found += _day(said.registered_on, before.submission.purchase.date, today)
    if found:
        raise InvalidRequest(tuple(found))


def _text(field: str, text: str, most: int) -> list[Violation]:
    if len(text) > most:
        return [Violation(field, "length", f"At most {most} characters.")]
    if text != text.strip() or not (text.isprintable() or not text):
        return [Violation(field, "text", "Without control characters, and trimmed.")]
    return []


def _day(day: date | None, purchased: date, today: date) -> list[Violation]:
    field = "completed.registered_on"
    if day is None:
        return []
    if day > today + AHEAD:
        return [Violation(field, "future", "Not in the future.")]
    if day < purchased:
        return [Violation(field, "before_purchase", "Not before the purchase.")]
    return []
