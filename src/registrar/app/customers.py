"""One customer of a tenant: everything that is kept of them, as a copy, or gone for good."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from registrar.app.assist import nobody
from registrar.app.audit import Audit
from registrar.app.commands import Caller, View
from registrar.app.indexes import Indexes
from registrar.app.queries import Queries
from registrar.domain.artifact import Artifact
from registrar.domain.audit import Action
from registrar.domain.erasure import Erasure
from registrar.domain.errors import InvalidRequest, Violation
from registrar.domain.registration import Attempt, Event
from registrar.ports.artifacts import ArtifactRows
from registrar.ports.erasures import Whose
from registrar.ports.keys import Keys

if TYPE_CHECKING:
    from registrar.app.erasing import Erasures  # it stands on this module

PAGE = 50
EVENTS = 500


@dataclass(frozen=True, slots=True)
class CustomerKey:
    """One of both is given."""

    user_ref: str = ""
    email: str = ""

    def index(self, keys: Keys, tenant_id: str) -> Whose:
        """As it is found in the database. Raises InvalidRequest where neither is given."""
        index = Indexes(keys, tenant_id)
        found = index.user(self.user_ref) or index.mailbox(self.email)
        if found is None:
            problem = "The customer's user_ref or email is needed."
            raise InvalidRequest((Violation("customer", "required", problem),))
        return Whose(found, by_email=not self.user_ref)


@dataclass(frozen=True, slots=True)
class CustomerRecord:
    """One registration with all that is known of it; artifacts are read by their ids."""

    view: View
    events: Sequence[Event]
    attempts: Sequence[Attempt]
    artifacts: Sequence[Artifact]


@dataclass(frozen=True, slots=True)
class Customers:
    """The use cases. The audit log tells of both, and not whose data it was."""

    queries: Queries
    artifacts: ArtifactRows
    erasures: Erasures
    audit: Audit
    ring: Callable[[], Awaitable[None]] = nobody
    """Wakes who waits for events."""

    async def erase(self, caller: Caller, request_id: str, whose: CustomerKey) -> Erasure:
        """See `Erasures.request`."""
        made = await self.erasures.request(caller, request_id, whose)
        await self.ring()
        return made

    async def export(
        self, caller: Caller, whose: CustomerKey
    ) -> AsyncGenerator[CustomerRecord, None]:
        """Every registration that is not erased, by id. Raises InvalidRequest, StoreUnavailable."""
        index = whose.index(self.queries.vault.keys, caller.tenant_id)
        act = self.audit.act(caller, Action.EXPORT_CUSTOMER, "customer")
        await self.audit.log.append(act, None, {"by": "email" if index.by_email else "user_ref"})
        after = ""
        while rows := await self.queries.store.erasures.of_customer(
            caller.tenant_id, index, before=None, after=after, limit=PAGE
        ):
            after = rows[-1].registration.id
            for view in await self.queries.views(rows):
                yield await self._record(caller, view)

    async def _record(self, caller: Caller, view: View) -> CustomerRecord:
        key = view.registration.id
        events: list[Event] = []
        while more := await self.queries.store.events(
            caller.tenant_id, key, after=len(events), limit=EVENTS
        ):
            events += more
        attempts = await self.queries.store.attempts(caller.tenant_id, key)
        artifacts = await self.artifacts.of(caller.tenant_id, key)
        return CustomerRecord(view, events, attempts, artifacts)
