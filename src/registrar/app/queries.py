"""What callers may read: of their own tenant only."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from registrar.app import sealing
from registrar.app.commands import Caller, Page, Selection, View
from registrar.app.event_log import EventLog
from registrar.app.indexes import Indexes
from registrar.app.tokens import Bound, Resume, Tokens
from registrar.domain.errors import NotFound
from registrar.domain.registration import ActionKind, Attempt, Event, Registration
from registrar.domain.submission import ERASED, Submission
from registrar.ports.clock import Clock
from registrar.ports.guides import Guides, NoGuides
from registrar.ports.store import Filter, PageCursor, Store, Stored
from registrar.ports.vault import Vault

BATCH = 500


BY_HAND = frozenset({ActionKind.FILE_MANUALLY, ActionKind.SOLVE_CHALLENGE})
"""What a person is asked for who then fills in the manufacturer's form."""


@dataclass(frozen=True, slots=True)
class Queries:
    """The use cases."""

    store: Store
    vault: Vault
    clock: Clock
    log: EventLog
    guides: Guides = field(default_factory=NoGuides)

    @property
    def tokens(self) -> Tokens:
        """Of the same keys."""
        return Tokens(self.vault.keys)

    async def views(self, many: Sequence[Stored]) -> list[View]:
        """With what was sealed in them."""
        opened = await sealing.unseal_all(self.vault, many)
        return [self._view(one.registration, what) for one, what in zip(many, opened, strict=True)]

    def _view(self, registration: Registration, submission: Submission) -> View:
        if submission is ERASED:
            # In a copy of before the erasure the row does not know of it yet.
            known = registration.erased_at or registration.updated_at
            return View(replace(registration, erased_at=known), ERASED)
        action = registration.action
        by_hand = action is not None and action.kind in BY_HAND
        guide = self.guides.guide(registration, submission) if by_hand else None
        return View(registration, submission, guide)

    async def get(self, caller: Caller, registration_id: str) -> View:
        """Raises NotFound, for what is another tenant's too."""
        found = await self.several(caller, [registration_id])
        if registration_id not in found:
            raise NotFound
        return found[registration_id]

    async def several(self, caller: Caller, registration_ids: Sequence[str]) -> dict[str, View]:
        """Those that exist."""
        found = await self.store.get(caller.tenant_id, registration_ids)
        return dict(zip(found, await self.views(list(found.values())), strict=True))

    async def lookup(
        self, caller: Caller, *, external_reference: str, manufacturer_id: str, serial_number: str
    ) -> View:
        """The newest that matches; raises NotFound."""
        index = Indexes(self.vault.keys, caller.tenant_id)
        serial = index.serial(manufacturer_id, serial_number) if serial_number else None
        reference = index.reference(external_reference)
        found = await self.store.lookup(caller.tenant_id, reference=reference, serial=serial)
        if found is None:
            raise NotFound
        return (await self.views([found]))[0]

    def _filter(self, caller: Caller, selection: Selection) -> Filter:
        index = Indexes(self.vault.keys, caller.tenant_id)
        return Filter(
            states=selection.states,
            manufacturer_ids=selection.manufacturer_ids,
            user_index=index.user(selection.user_ref),
            reference_index=index.reference(selection.external_reference),
            created_after=selection.created_after,
            created_before=selection.created_before,
        )

    async def page(
        self,
        caller: Caller,
        selection: Selection,
        *,
        descending: bool,
        page_size: int,
        page_token: str,
    ) -> Page:
        """Raises PageTokenInvalid for the token of another filter, order or tenant."""
        bound = Bound(caller.tenant_id, (selection, descending))
        after = self.tokens.read_page(page_token, bound)
        # Before the rows: what they do not show is after it.
        place = Resume(self.log.position)
        rows = await self.store.page(
            caller.tenant_id,
            self._filter(caller, selection),
            descending=descending,
            limit=page_size + 1,
            after=after,
        )
        shown = rows[:page_size]
        following = ""
        if len(rows) > page_size:
            last = shown[-1].registration
            following = self.tokens.page(PageCursor(last.created_at, last.id), bound)
        watch = self.tokens.resume(place, Bound(caller.tenant_id, selection), self.clock.now())
        return Page(await self.views(shown), following, watch)

    async def every(self, caller: Caller, selection: Selection) -> AsyncIterator[View]:
        """All that match, oldest first."""
        where = self._filter(caller, selection)
        after: PageCursor | None = None
        while True:
            rows = await self.store.page(
                caller.tenant_id, where, descending=False, limit=BATCH, after=after
            )
            for view in await self.views(rows):
                yield view
            if len(rows) < BATCH:
                return
            last = rows[-1].registration
            after = PageCursor(last.created_at, last.id)

    async def events(
        self, caller: Caller, registration_id: str, *, after: int, limit: int
    ) -> Sequence[Event]:
        """Events with a greater sequence; raises NotFound."""
        await self._known(caller, registration_id)
        return await self.store.events(caller.tenant_id, registration_id, after=after, limit=limit)

    async def attempts(self, caller: Caller, registration_id: str) -> Sequence[Attempt]:
        """All attempts, by number; raises NotFound."""
        await self._known(caller, registration_id)
        return await self.store.attempts(caller.tenant_id, registration_id)

    async def _known(self, caller: Caller, registration_id: str) -> None:
        if not await self.store.get(caller.tenant_id, [registration_id]):
            raise NotFound
