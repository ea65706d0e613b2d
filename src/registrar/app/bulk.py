"""One wish for many registrations: checked, tried without doing anything, begun, seen, cancelled.

An operation takes what matches when it is made: no more and no less is touched, however long it
takes. `bulk_work` works it off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from registrar.app import bulk_wishes, tokens
from registrar.app.audit import Audit
from registrar.app.commands import Caller
from registrar.app.tokens import Bound, Tokens
from registrar.domain.audit import Action
from registrar.domain.bulk import BulkFilter, BulkOperation, BulkState, BulkWish
from registrar.domain.errors import InvalidRequest, NotFound, RequestIdReused, Violation
from registrar.ports.clock import Clock
from registrar.ports.keys import Keys
from registrar.ports.store import PageCursor, Store

MOST = 50_000
"""Registrations of one operation: they are taken in one transaction."""
MOST_COUNTED = 10_000
"""By a dry run."""
SAMPLE = 10


@dataclass(frozen=True, slots=True)
class Glance:
    """What a wish would concern. `count` is MOST_COUNTED where it `is_capped`."""

    count: int
    is_capped: bool
    sample: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BulkOperations:
    """The use cases; each is of the caller's tenant alone."""

    store: Store
    keys: Keys
    clock: Clock

    @property
    def _audit(self) -> Audit:
        return Audit(self.store.audit, self.keys)

    async def glance(self, caller: Caller, wish: BulkWish) -> Glance:
        """Nothing is done, and nothing is kept. Raises InvalidRequest."""
        found = await self._matching(caller, bulk_wishes.checked(wish).where, MOST_COUNTED)
        count = min(len(found), MOST_COUNTED)
        return Glance(count, len(found) > MOST_COUNTED, tuple(found[:SAMPLE]))

    async def create(self, caller: Caller, request_id: str, wish: BulkWish) -> BulkOperation:
        """Durable when it returns. Raises InvalidRequest, RequestIdReused, StoreUnavailable."""
        wish = bulk_wishes.checked(wish)
        known = await self.store.bulk.of_request(caller.tenant_id, request_id)
        made = known or await self._begun(caller, request_id, wish)
        if made.wish != wish:
            raise RequestIdReused
        return made

    async def _begun(self, caller: Caller, request_id: str, wish: BulkWish) -> BulkOperation:
        ids = await self._matching(caller, wish.where, MOST)
        if len(ids) > MOST:
            problem = f"More than {MOST:,} registrations match: narrow it."
            raise InvalidRequest((Violation("filter", "too_many", problem),))
        asked = BulkOperation(
            id=tokens.bulk_operation_id(),
            tenant_id=caller.tenant_id,
            request_id=request_id,
            requested_at=self.clock.now(),
            actor=f"caller:{caller.key_id}",
            wish=wish,
            matched=len(ids),
        )
        if not ids:
            asked = replace(asked, state=BulkState.DONE, ended_at=asked.requested_at)
        act = self._audit.act(caller, Action.CREATE_BULK, asked.id)
        return await self.store.bulk.begin(asked, ids, act)

    async def _matching(self, caller: Caller, where: BulkFilter, most: int) -> list[str]:
        """Ids; one more than `most` where there are more."""
        found: list[str] = []
        after: PageCursor | None = None
        while True:
            room = most + 1 - len(found)
            part = await self.store.bulk.matching(caller.tenant_id, where, after, room)
            found += part.ids
            if part.after is None or len(found) > most:
                return found
            after = part.after

    async def get(self, caller: Caller, operation_id: str) -> BulkOperation:
        """Raises NotFound, for what is another tenant's too."""
        if not tokens.is_bulk_operation_id(operation_id):
            raise NotFound
        found = await self.store.bulk.get(caller.tenant_id, operation_id)
        if found is None:
            raise NotFound
        return found

    async def page(
        self, caller: Caller, page_size: int, page_token: str
    ) -> tuple[Sequence[BulkOperation], str]:
        """Newest first, and the next page's token. PageTokenInvalid."""
        pages, bound = Tokens(self.keys), Bound(caller.tenant_id, "bulk_operations")
        after = pages.read_page(page_token, bound)
        found = await self.store.bulk.listed(caller.tenant_id, page_size + 1, after)
        shown = found[:page_size]
        if len(found) <= page_size:
            return shown, ""
        last = PageCursor(shown[-1].requested_at, shown[-1].id)
        return shown, pages.page(last, bound)

    async def cancel(self, caller: Caller, operation_id: str) -> BulkOperation:
        """Nothing more of it is done when this returns. Raises NotFound."""
        there = await self.get(caller, operation_id)
        act = self._audit.act(caller, Action.CANCEL_BULK, there.id)
        now = self.clock.now()
        ended = await self.store.bulk.cancel(caller.tenant_id, there.id, now, act)
        # It has ended by itself meanwhile.
        return ended or await self.get(caller, there.id)
