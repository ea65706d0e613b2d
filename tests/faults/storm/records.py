"""What the database holds in the end, read past all of our own code: plain rows."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import asyncpg

SETTLED = frozenset({"succeeded", "rejected", "failed", "cancelled", "action_required"})
"""Terminal, or in a person's hands."""


@dataclass(frozen=True, slots=True)
class Event:
    """Of the log."""

    sequence: int
    kind: str
    state: str
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attempt:
    """Of the table of attempts."""

    number: int
    tier: str
    state: str
    effect: str


@dataclass(frozen=True, slots=True)
class Row:
    """A registration, with what belongs to it. `action`: what a person is asked for."""

    id: str
    request_id: str
    maker: str
    state: str
    revision: int
    effect: str = "not_sent"
    action: str = ""
    events: tuple[Event, ...] = ()
    attempts: tuple[Attempt, ...] = ()

    @property
    def settled(self) -> bool:
        """Nothing more happens by itself."""
        return self.state in SETTLED


async def unsettled(database: asyncpg.Connection) -> int:
    """How many something is still to happen to."""
    query = "SELECT count(*) FROM registrations WHERE NOT state = ANY($1::text[])"
    found: int = await database.fetchval(query, sorted(SETTLED))
    return found


async def logged(database: asyncpg.Connection) -> int:
    """How many events there are."""
    found: int = await database.fetchval("SELECT count(*) FROM events")
    return found


async def rows(database: asyncpg.Connection) -> list[Row]:
    """All registrations."""
    events, attempts = defaultdict[str, list[Event]](list), defaultdict[str, list[Attempt]](list)
    query = "SELECT registration_id, sequence, body FROM events ORDER BY position"
    for key, sequence, body in await database.fetch(query):
        said = json.loads(body)
        made = Event(sequence, said["kind"], said["state"], said.get("detail", {}))
        events[key].append(made)
    query = "SELECT registration_id, number, state, body FROM attempts ORDER BY number"
    for key, number, state, body in await database.fetch(query):
        said = json.loads(body)
        attempts[key].append(Attempt(number, said["tier"], state, said["effect"]))
    found = await database.fetch("SELECT * FROM registrations")
    return [_row(one, tuple(events[one["id"]]), tuple(attempts[one["id"]])) for one in found]


def _row(one: asyncpg.Record, events: tuple[Event, ...], attempts: tuple[Attempt, ...]) -> Row:
    said: dict[str, Any] = json.loads(one["body"])
    return Row(
        id=one["id"],
        request_id=one["request_id"],
        maker=one["manufacturer_id"],
        state=one["state"],
        revision=one["revision"],
        effect=said["effect"],
        action=(said.get("action") or {}).get("kind", ""),
        events=events,
        attempts=attempts,
    )
