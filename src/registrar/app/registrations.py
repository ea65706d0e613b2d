"""All use cases of RegistrationService behind one Protocol: `commands.Registrations`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from registrar.app.assist import Assist
from registrar.app.commands import (
    Caller,
    Explained,
    Page,
    Selection,
    Submit,
    Submitted,
    View,
    WatchMessage,
    WatchStart,
)
from registrar.app.customers import Customers
from registrar.app.event_log import EVENTS
from registrar.app.intervene import Intervene
from registrar.app.queries import Queries
from registrar.app.submit import SubmitRegistrations
from registrar.app.watch import Watches
from registrar.domain.errors import RegistrarError
from registrar.domain.registration import Attempt, Event
from registrar.ports.queue import Doorbell

JOBS = "jobs"
"""The doorbell rung when a job may have become due."""


@dataclass(frozen=True, slots=True)
class RegistrationUseCases:
    """Delegates; rings after what wakes others."""

    submissions: SubmitRegistrations
    queries: Queries
    watches: Watches
    interventions: Intervene
    doorbell: Doorbell
    assist: Assist
    customers: Customers

    async def submit(self, caller: Caller, command: Submit) -> Submitted:
        """Durable when it returns."""
        return await self.submissions.one(caller, command)

    async def submit_many(
        self, caller: Caller, commands: Sequence[Submit]
    ) -> Sequence[Submitted | RegistrarError]:
        """One result a command, in order."""
        return await self.submissions.many(caller, commands)

    async def get(self, caller: Caller, registration_id: str) -> View:
        """One of the caller's."""
        return await self.queries.get(caller, registration_id)

    async def lookup(
        self,
        caller: Caller,
        *,
        external_reference: str = "",
        manufacturer_id: str = "",
        serial_number: str = "",
    ) -> View:
        """The newest that matches."""
        return await self.queries.lookup(
            caller,
            external_reference=external_reference,
            manufacturer_id=manufacturer_id,
            serial_number=serial_number,
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
        """A page and a token to watch on from."""
        return await self.queries.page(
            caller, selection, descending=descending, page_size=page_size, page_token=page_token
        )

    def watch(self, caller: Caller, start: WatchStart) -> AsyncGenerator[WatchMessage, None]:
        """An async generator; ends after a Closing."""
        return self.watches.watch(caller, start)

    async def wait(
        self, caller: Caller, registration_id: str, *, after_revision: int, max_wait: timedelta
    ) -> View:
        """When the revision is greater, or after `max_wait`."""
        return await self.watches.wait(
            caller, registration_id, after_revision=after_revision, max_wait=max_wait
        )

    async def events(
        self, caller: Caller, registration_id: str, *, after: int, limit: int
    ) -> Sequence[Event]:
        """Events with a greater sequence."""
        return await self.queries.events(caller, registration_id, after=after, limit=limit)

    async def attempts(self, caller: Caller, registration_id: str) -> Sequence[Attempt]:
        """All attempts, by number."""
        return await self.queries.attempts(caller, registration_id)

    async def explain(self, caller: Caller, registration_id: str) -> Explained:
        """Why it stands where it stands, and what follows."""
        view = await self.queries.get(caller, registration_id)
        attempts = await self.queries.attempts(caller, registration_id)
        return await self.submissions.outlook.explained(view, attempts)

    async def cancel(
        self, caller: Caller, registration_id: str, *, reason: str, etag: str, request_id: str
    ) -> View:
        """Asks to stop."""
        view = await self.interventions.cancel(
            caller, registration_id, reason=reason, etag=etag, request_id=request_id
        )
        await self.doorbell.ring(EVENTS)
        return view

    async def retry(
        self,
        caller: Caller,
        registration_id: str,
        *,
        etag: str,
        request_id: str,
        acknowledge_duplicate_risk: bool,
    ) -> View:
        """Asks for another try."""
        view = await self.interventions.retry(
            caller,
            registration_id,
            etag=etag,
            request_id=request_id,
            acknowledge_duplicate_risk=acknowledge_duplicate_risk,
        )
        await self.doorbell.ring(EVENTS, JOBS)
        return view

    def drain(self) -> None:
        """Close every open watch with DRAINING, and refuse new ones."""
        self.watches.drain()
