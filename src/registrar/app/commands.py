"""Commands to the use cases, their answers, and the use cases themselves as Protocols."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import msgspec

from registrar.domain.errors import RegistrarError, Violation
from registrar.domain.explanation import Told
from registrar.domain.guide import Guide
from registrar.domain.manufacturer import Manufacturer
from registrar.domain.outcome import Tier
from registrar.domain.plan import Planned
from registrar.domain.registration import Attempt, Event, Priority, Registration, State
from registrar.domain.submission import Submission
from registrar.ports.api_keys import Scope

if TYPE_CHECKING:
    from registrar.app.assist import Assist  # it stands on this module
    from registrar.app.customers import Customers  # so does it


class Caller(msgspec.Struct, frozen=True):
    """Who calls, as the API key says; never from a message."""

    tenant_id: str
    key_id: str
    scopes: frozenset[Scope] = frozenset()
    """What it may do."""


class Submit(msgspec.Struct, frozen=True):
    """A submission as it was read. `violations` are what could not even be expressed here."""

    request_id: str
    manufacturer_id: str
    brand: str
    submission: Submission
    allowed_tiers: tuple[Tier, ...] = ()
    priority: Priority = Priority.NORMAL
    not_before: datetime | None = None
    complete_by: datetime | None = None
    duplicates: str = "reject"
    """reject | return_existing | allow_after_failure."""
    validate_only: bool = False
    traceparent: str = ""
    violations: tuple[Violation, ...] = ()


class View(msgspec.Struct, frozen=True):
    """A registration with what was sealed in it, and what a person needs who is asked to file."""

    registration: Registration
    submission: Submission
    guide: Guide | None = None


class Submitted(msgspec.Struct, frozen=True):
    """`created` is false where it was there already."""

    view: View
    created: bool
    resume_token: str = ""
    plan: tuple[Planned, ...] = ()


class Selection(msgspec.Struct, frozen=True):
    """All conditions must hold; empty means any."""

    states: tuple[State, ...] = ()
    manufacturer_ids: tuple[str, ...] = ()
    user_ref: str = ""
    external_reference: str = ""
    created_after: datetime | None = None
    created_before: datetime | None = None


class Page(msgspec.Struct, frozen=True):
    """`watch_token` misses nothing that this page does not show."""

    views: Sequence[View]
    next_page_token: str
    watch_token: str


class WatchStart(msgspec.Struct, frozen=True):
    """`target` is a tuple of ids or a selection; `resume_token` wins over `initial_state`."""

    target: tuple[str, ...] | Selection
    resume_token: str = ""
    initial_state: bool = False
    heartbeat: timedelta | None = None


class Heartbeat(msgspec.Struct, frozen=True):
    """Nothing happened."""

    at: datetime


class Closing(msgspec.Struct, frozen=True):
    """The last message. `reason` is complete | draining | max_duration | too_slow."""

    reason: str
    reconnect_delay: timedelta = timedelta(0)


class WatchMessage(msgspec.Struct, frozen=True):
    """One message of a watch; resuming from its token misses nothing after it."""

    resume_token: str
    body: View | Event | Heartbeat | Closing


class Explained(msgspec.Struct, frozen=True):
    """One registration, explained."""

    registration: Registration
    attempts: Sequence[Attempt]
    plan: tuple[Planned, ...]
    told: Told


class Registrations(Protocol):
    """The use cases of RegistrationService. All raise errors of `domain.errors` only."""

    @property
    def assist(self) -> Assist:
        """Those of the manual tier."""
        ...

    @property
    def customers(self) -> Customers:
        """Those of a whole customer."""
        ...

    async def submit(self, caller: Caller, command: Submit) -> Submitted:
        """Durable when it returns."""
        ...

    async def submit_many(
        self, caller: Caller, commands: Sequence[Submit]
    ) -> Sequence[Submitted | RegistrarError]:
        """One result a command, in order; raises only what concerns all."""
        ...

    async def get(self, caller: Caller, registration_id: str) -> View:
        """One of the caller's."""
        ...

    async def lookup(
        self,
        caller: Caller,
        *,
        external_reference: str = "",
        manufacturer_id: str = "",
        serial_number: str = "",
    ) -> View:
        """The newest that matches."""
        ...

    async def page(
        self,
        caller: Caller,
        selection: Selection,
        *,
        descending: bool,
        page_size: int,
        page_token: str,
    ) -> Page:
        """A page; `page_size` 0 means the default."""
        ...

    def watch(self, caller: Caller, start: WatchStart) -> AsyncGenerator[WatchMessage, None]:
        """An async generator; ends after a Closing."""
        ...

    async def wait(
        self, caller: Caller, registration_id: str, *, after_revision: int, max_wait: timedelta
    ) -> View:
        """When the revision is greater, or after `max_wait`."""
        ...

    async def events(
        self, caller: Caller, registration_id: str, *, after: int, limit: int
    ) -> Sequence[Event]:
        """Events with a greater sequence."""
        ...

    async def attempts(self, caller: Caller, registration_id: str) -> Sequence[Attempt]:
        """All attempts, by number."""
        ...

    async def explain(self, caller: Caller, registration_id: str) -> Explained:
        """Why it stands where it stands, and what follows."""
        ...

    async def cancel(
        self, caller: Caller, registration_id: str, *, reason: str, etag: str, request_id: str
    ) -> View:
        """Asks to stop."""
        ...

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
        ...

    def drain(self) -> None:
        """Close every open watch with DRAINING, and refuse new ones."""
        ...


class Manufacturers(Protocol):
    """The catalogue, as far as callers may see it."""

    def manufacturers(self) -> Mapping[str, Manufacturer]:
        """By id."""
        ...


class Authenticate(Protocol):
    """Turns the secret of a call into its caller."""

    async def __call__(self, key: str) -> Caller:
        """Raises ApiKeyInvalid or StoreUnavailable."""
        ...
