"""The store: truth about registrations, events, attempts and jobs.

Every method raises StoreUnavailable when the database does not answer. Times that decide anything
(leases, due jobs) are the database's own.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import msgspec

from registrar.domain.registration import Attempt, Event, Registration, State, Step, Transition
from registrar.ports.api_keys import ApiKeyRows
from registrar.ports.artifacts import ArtifactRows
from registrar.ports.audit import AuditLog
from registrar.ports.connector_states import ConnectorKey, ConnectorStates
from registrar.ports.dead_letters import DeadLetters
from registrar.ports.error_overrides import ErrorOverrides
from registrar.ports.forms import FormRecords
from registrar.ports.notices import Notices
from registrar.ports.sealed_rows import SealedRows
from registrar.ports.tenant_settings import TenantSettings

if TYPE_CHECKING:
    from registrar.ports.bulk import BulkRows  # they stand on this module
    from registrar.ports.erasures import Erasures
    from registrar.ports.statistics import Statistics


class NewRegistration(msgspec.Struct, frozen=True):
    """A registration to insert with its first event(s) and job (`transition`, expected 0)."""

    transition: Transition
    body_digest: bytes
    sealed: bytes
    serial_index: bytes
    """Blind index of manufacturer + normalised serial."""
    reference_index: bytes | None
    user_index: bytes | None
    email_index: bytes | None = None
    duplicates: str = "reject"
    """reject | return_existing | allow_after_failure."""


class InsertStatus(StrEnum):
    """What became of a NewRegistration."""

    CREATED = "created"
    REPLAYED = "replayed"
    """Same tenant and request_id, same body: the existing one is returned."""
    REQUEST_ID_REUSED = "request_id_reused"
    DUPLICATE = "duplicate"
    """Another live or succeeded registration of this tenant has the same serial index."""


class Inserted(msgspec.Struct, frozen=True):
    """`registration` is the stored one: the new one or the one that stood in its way."""

    status: InsertStatus
    registration: Registration


class Stored(msgspec.Struct, frozen=True):
    """A registration with its sealed payload."""

    registration: Registration
    sealed: bytes


class Work(msgspec.Struct, frozen=True):
    """What a claim needs: the registration, its job's step and fence, its running attempt."""

    stored: Stored
    step: Step
    fence: int
    leased: bool
    running: Attempt | None
    """The attempt still marked RUNNING, if any: its holder vanished."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in the event log: safe to read on from under concurrent writers."""

    epoch: int = 0
    """PostgreSQL: transaction id; else 0."""
    offset: int = 0


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An event with its place in the log."""

    position: Position
    event: Event


@dataclass(frozen=True, slots=True)
class Filter:
    """All conditions must hold; empty means any. Indexes are blind indexes."""

    states: tuple[State, ...] = ()
    manufacturer_ids: tuple[str, ...] = ()
    user_index: bytes | None = None
    reference_index: bytes | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class PageCursor:
    """Strictly after this row in the order of the listing."""

    created_at: datetime
    registration_id: str


@dataclass(frozen=True, slots=True)
class DueJob:
    """A job released by the dispatcher, with the fence its hint must carry."""

    registration_id: str
    manufacturer_id: str
    queue: str
    fence: int


@dataclass(frozen=True, slots=True)
class ExpiredJob:
    """A lease that ran out; the use case turns it into a Transition."""

    registration_id: str
    fence: int


@dataclass(frozen=True, slots=True)
class Lateness:
    """For how long the oldest due job of a manufacturer's priority class has waited for us."""

    manufacturer_id: str
    priority: int
    late: timedelta


class Store(Protocol):
    """The port. Batch-native: many items, one commit."""

    @property
    def connectors(self) -> ConnectorStates:
        """The state of connectors."""
        ...

    @property
    def audit(self) -> AuditLog:
        """What operators have done."""
        ...

    @property
    def overrides(self) -> ErrorOverrides:
        """Overrides of error rules."""
        ...

    @property
    def artifacts(self) -> ArtifactRows:
        """What is known of artifacts."""
        ...

    @property
    def notices(self) -> Notices:
        """The outbox of notices."""
        ...

    @property
    def api_keys(self) -> ApiKeyRows:
        """Who may call."""
        ...

    @property
    def tenants(self) -> TenantSettings:
        """How tenants want to have it told."""
        ...

    @property
    def forms(self) -> FormRecords:
        """How forms look."""
        ...

    @property
    def erasures(self) -> Erasures:
        """What is to be forgotten."""
        ...

    @property
    def statistics(self) -> Statistics:
        """What happened, counted."""
        ...

    @property
    def dead_letters(self) -> DeadLetters:
        """Failures that nobody has answered."""
        ...

    @property
    def bulk(self) -> BulkRows:
        """One wish for many registrations."""
        ...

    @property
    def sealed(self) -> SealedRows:
        """Submissions, for who gives them other keys."""
        ...

    async def insert(self, items: Sequence[NewRegistration]) -> list[Inserted]:
        """One transaction, one answer an item in order; duplicates inside the batch count too.

        What has failed of the same product has the new one for its successor then.
        """
        ...

    async def write(self, transitions: Sequence[Transition], lease: timedelta) -> list[bool]:
        """One transaction; False for an item whose revision or fence no longer holds.

        `claim=True` sets lease_until = database now + lease and requires that the job is not
        leased; otherwise the job is rewritten: parked (`job` None) or ready when
        `job.due` says, by the store's own clock.
        A parked or rewritten job's fence is increased, so that older hints and writers are stale.
        """
        ...

    async def renew(self, leases: Sequence[tuple[str, int]], lease: timedelta) -> list[bool]:
        """Extend leases (registration id, fence); False where the fence is gone, or it has run out.

        One that has run out may have been seen by a sweeper: its holder must not believe in it.
        """
        ...

    async def work(self, registration_ids: Sequence[str]) -> dict[str, Work]:
        """For a claim, whatever the tenant; unknown ids and parked jobs are left out."""
        ...

    async def get(self, tenant_id: str, registration_ids: Sequence[str]) -> dict[str, Stored]:
        """Of this tenant only."""
        ...

    async def lookup(
        self, tenant_id: str, *, reference: bytes | None = None, serial: bytes | None = None
    ) -> Stored | None:
        """The newest that matches."""
        ...

    async def known(self, tenant_id: str, request_id: str) -> bool:
        """Whether a registration was made by this request, or by another under its id."""
        ...

    async def page(
        self,
        tenant_id: str,
        where: Filter,
        *,
        descending: bool,
        limit: int,
        after: PageCursor | None = None,
    ) -> list[Stored]:
        """A page by (created_at, id)."""
        ...

    async def events(
        self, tenant_id: str, registration_id: str, *, after: int, limit: int
    ) -> list[Event]:
        """Events of one registration with sequence > after."""
        ...

    async def attempts(self, tenant_id: str, registration_id: str) -> list[Attempt]:
        """By number."""
        ...

    async def log(
        self, after: Position, limit: int, registration_ids: Sequence[str] = ()
    ) -> list[LoggedEvent]:
        """The event log of all tenants, in position order, only what can no longer be preceded.

        Of these registrations, or of all.
        """
        ...

    async def log_head(self) -> Position:
        """Where to read on from after reading state: take it first, then read the state.

        Everything that the later read of the state does not show is still ahead of it; what is
        both shown and ahead is told apart by its sequence.
        """
        ...

    async def last_positions(self, registration_ids: Sequence[str]) -> dict[str, Position]:
        """Of the newest event of each registration, whatever the tenant."""
        ...

    async def release(
        self,
        queue: str,
        *,
        limit: int,
        in_flight: dict[str, int],
        rehint_after: timedelta,
        shut: Collection[ConnectorKey] = (),
    ) -> list[DueJob]:
        """Mark due jobs as hinted, by priority class with guaranteed shares, fair by manufacturer.

        At most `in_flight[manufacturer]` are hinted or leased at once; the jobs of a manufacturer
        that is not named stay, and so do submissions on connectors that are paused, or `shut` for
        now. Also releases again what was hinted longer than `rehint_after` ago
        and never claimed. Each release increases the fence.
        """
        ...

    async def expired(self, limit: int) -> list[ExpiredJob]:
        """Leases that ran out (database time)."""
        ...

    async def overdue(self, limit: int) -> list[str]:
        """Ids of unleased, unfinished, machine-driven registrations past complete_by."""
        ...

    async def next_due(self, queue: str) -> timedelta | None:
        """How long until the next job of the queue is due; None without one."""
        ...

    async def lateness(self, manufacturers: Sequence[str]) -> list[Lateness]:
        """Of each class of these manufacturers that has due jobs which nobody has taken up.

        What waits for a time to come is not late, and so neither is what a pause has put off.
        """
        ...

    async def ping(self) -> None:
        """Raises StoreUnavailable unless the database answers."""
        ...

    async def close(self) -> None:
        """Give back every connection."""
        ...
