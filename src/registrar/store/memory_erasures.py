"""The memory twin of erasures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

from msgspec.structs import replace

from registrar.domain.audit import Act
from registrar.domain.erasure import Erasure
from registrar.domain.registration import Event, Transition
from registrar.ports.erasures import Erasing, Pending, Whose, counted, erasure_begun, wiped
from registrar.ports.store import NewRegistration, Stored
from registrar.store.memory_artifacts import MemoryArtifacts
from registrar.store.memory_audit import MemoryAudit
from registrar.store.memory_notices import MemoryNotices


class Rest(Protocol):
    """What a store in memory has beside it."""

    artifacts: MemoryArtifacts
    audit: MemoryAudit
    notices: MemoryNotices


class MemoryErasures:
    """Over the registrations and events of a store in memory; `finish` ends one, if it may."""

    def __init__(
        self,
        rest: Rest,
        items: dict[str, NewRegistration],
        log: list[Event],
        finish: Callable[[Transition], bool],
    ) -> None:
        self._rest = rest
        self._items = items
        self._log = log
        self._finish = finish
        self._asked: dict[tuple[str, str], Pending] = {}
        self._doomed: set[str] = set()

    async def begin(self, erasure: Erasure, whose: Whose, act: Act | None = None) -> Pending:
        """What was begun before is as it is."""
        key = erasure.tenant_id, erasure.request_id
        if key not in self._asked:
            self._rest.audit.note(act, None, erasure_begun(erasure, whose))
            self._asked[key] = Pending(erasure, whose)
        return self._asked[key]

    async def of_customer(
        self, tenant_id: str, whose: Whose, *, before: datetime | None, after: str, limit: int
    ) -> list[Stored]:
        """By id."""

        def matches(item: NewRegistration) -> bool:
            index = item.email_index if whose.by_email else item.user_index
            now = item.transition.registration
            mine = now.tenant_id == tenant_id and index == whose.index
            return mine and (before is None or now.created_at <= before)

        return self._stored(filter(matches, self._items.values()), after, limit)

    async def ended(self, before: str, *, after: str, limit: int) -> list[Stored]:
        """By id."""
        over = (
            item
            for key, item in self._items.items()
            if key < before and item.transition.registration.state.terminal
        )
        return self._stored(over, after, limit)

    def _stored(self, items: Iterable[NewRegistration], after: str, limit: int) -> list[Stored]:
        found = [
            Stored(item.transition.registration, item.sealed)
            for item in items
            if item.sealed and item.transition.registration.id > after
        ]
        return sorted(found, key=lambda one: one.registration.id)[:limit]

    async def erase(self, items: Sequence[Erasing], erasure_id: str = "") -> list[bool]:
        """At once."""
        answers = [self._erased(one) for one in items]
        done = [one for one, gone in zip(items, answers, strict=True) if gone]
        self._changed(erasure_id, lambda before: counted(before, done))
        return answers

    def _changed(self, erasure_id: str, change: Callable[[Erasure], Erasure]) -> None:
        for key, there in self._asked.items():
            before = there.erasure
            if before.id == erasure_id and before.completed_at is None:
                after = change(before)
                over = after.completed_at is not None
                whose = replace(there.whose, index=b"") if over else there.whose
                self._asked[key] = Pending(after, whose)

    def _erased(self, one: Erasing) -> bool:
        key = one.transition.registration.id
        there = self._items.get(key)
        if there is None or there.sealed != one.sealed or not self._finish(one.transition):
            return False
        gone: dict[str, Any] = {
            "sealed": b"",
            "body_digest": b"",
            "serial_index": b"",
            "reference_index": None,
            "user_index": None,
            "email_index": None,
        }
        self._items[key] = replace(self._items[key], **gone)
        for place, event in enumerate(self._log):
            if event.registration_id == key:
                self._log[place] = wiped(event)
        self._doomed |= {*one.key_ids, *self._rest.artifacts.expire(key)}
        if one.address_index is not None:
            tenant_id = one.transition.registration.tenant_id
            self._rest.notices.unlist(tenant_id, one.address_index)
        return True

    async def doomed(self, limit: int) -> list[str]:
        """In any order."""
        return sorted(self._doomed)[:limit]

    async def forgotten(self, key_ids: Sequence[str]) -> None:
        """No more."""
        self._doomed -= set(key_ids)

    async def progress(
        self, erasure_id: str, pending: Sequence[str], completed_at: datetime | None
    ) -> Erasure:
        """Done without an index."""

        def moved(before: Erasure) -> Erasure:
            return replace(before, pending=tuple(pending), completed_at=completed_at)

        self._changed(erasure_id, moved)
        (found,) = [one for one in self._asked.values() if one.erasure.id == erasure_id]
        return found.erasure

    async def pending(self, limit: int) -> list[Pending]:
        """The oldest first."""
        left = [one for one in self._asked.values() if one.erasure.completed_at is None]
        return sorted(left, key=lambda one: one.erasure.requested_at)[:limit]
