"""The store of production and of the embedded default: `ports.store.Store` over one database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from registrar.domain.registration import Attempt, Event, Transition
from registrar.ports.connector_states import ConnectorKey
from registrar.ports.store import (
    DueJob,
    ExpiredJob,
    Filter,
    Inserted,
    Lateness,
    LoggedEvent,
    NewRegistration,
    PageCursor,
    Position,
    Store,
    Stored,
    Work,
)
from registrar.store import backlog, dispatching, inserting, reading, writing
from registrar.store.api_keys import SqlApiKeys
from registrar.store.artifacts import SqlArtifacts
from registrar.store.audit import SqlAudit
from registrar.store.bulk_operations import SqlBulk
from registrar.store.connectors import SqlConnectors
from registrar.store.dead_letters import SqlDeadLetters
from registrar.store.engine import POOL_SIZE, Database
from registrar.store.erasing import SqlErasures
from registrar.store.forms import SqlForms
from registrar.store.notices import SqlNotices
from registrar.store.overrides import SqlOverrides
from registrar.store.sealed import SqlSealed
from registrar.store.statistics import SqlStatistics
from registrar.store.tenants import SqlTenants


class SqlStore:
    """`address` is a URL: sqlite:///file or postgresql://…; the schema is already there."""

    def __init__(self, address: str, *, pool_size: int = POOL_SIZE) -> None:
        self._db = Database(address, pool_size=pool_size)
        self.audit = SqlAudit(self._db)
        self.connectors = SqlConnectors(self._db)
        self.overrides = SqlOverrides(self._db)
        self.artifacts = SqlArtifacts(self._db)
        self.notices = SqlNotices(self._db)
        self.tenants = SqlTenants(self._db)
        self.api_keys = SqlApiKeys(self._db)
        self.forms = SqlForms(self._db)
        self.sealed = SqlSealed(self._db)
        self.erasures = SqlErasures(self._db)
        self.statistics = SqlStatistics(self._db)
        self.dead_letters = SqlDeadLetters(self._db)
        self.bulk = SqlBulk(self._db)

    async def insert(self, items: Sequence[NewRegistration]) -> list[Inserted]:
        """One transaction, one answer an item."""
        return await inserting.insert(self._db, items)

    async def write(self, transitions: Sequence[Transition], lease: timedelta) -> list[bool]:
        """One transaction; False for what is stale."""
        return await writing.write(self._db, transitions, lease)

    async def renew(self, leases: Sequence[tuple[str, int]], lease: timedelta) -> list[bool]:
        """Extend leases that are still held."""
        return await dispatching.renew(self._db, leases, lease)

    async def work(self, registration_ids: Sequence[str]) -> dict[str, Work]:
        """What a claim needs."""
        return await reading.work(self._db, registration_ids)

    async def get(self, tenant_id: str, registration_ids: Sequence[str]) -> dict[str, Stored]:
        """Of this tenant only."""
        return await reading.get(self._db, tenant_id, registration_ids)

    async def lookup(
        self, tenant_id: str, *, reference: bytes | None = None, serial: bytes | None = None
    ) -> Stored | None:
        """The newest that matches."""
        return await reading.lookup(self._db, tenant_id, reference, serial)

    async def known(self, tenant_id: str, request_id: str) -> bool:
        """Whether this request has made a registration."""
        return await reading.known(self._db, tenant_id, request_id)

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
        return await reading.page(
            self._db, tenant_id, where, descending=descending, limit=limit, after=after
        )

    async def events(
        self, tenant_id: str, registration_id: str, *, after: int, limit: int
    ) -> list[Event]:
        """Events of one registration."""
        return await reading.history(self._db, tenant_id, registration_id, after=after, limit=limit)

    async def attempts(self, tenant_id: str, registration_id: str) -> list[Attempt]:
        """Attempts of one registration."""
        return await reading.tried(self._db, tenant_id, registration_id)

    async def log(
        self, after: Position, limit: int, registration_ids: Sequence[str] = ()
    ) -> list[LoggedEvent]:
        """The event log, as far as nothing can appear in it any more."""
        return await reading.log(self._db, after, limit, registration_ids)

    async def log_head(self) -> Position:
        """Where to read on from, taken before reading state."""
        return await reading.log_head(self._db)

    async def last_positions(self, registration_ids: Sequence[str]) -> dict[str, Position]:
        """Of the newest event of each."""
        return await reading.last_positions(self._db, registration_ids)

    async def release(
        self,
        queue: str,
        *,
        limit: int,
        in_flight: dict[str, int],
        rehint_after: timedelta,
        shut: Collection[ConnectorKey] = (),
    ) -> list[DueJob]:
        """Mark due jobs as hinted."""
        return await dispatching.release(
            self._db, queue, limit=limit, in_flight=in_flight, rehint_after=rehint_after, shut=shut
        )

    async def expired(self, limit: int) -> list[ExpiredJob]:
        """Leases that ran out."""
        return await dispatching.expired(self._db, limit)

    async def overdue(self, limit: int) -> list[str]:
        """Registrations past complete_by that nobody holds."""
        return await dispatching.overdue(self._db, limit)

    async def next_due(self, queue: str) -> timedelta | None:
        """How long until the next job is due."""
        return await dispatching.next_due(self._db, queue)

    async def lateness(self, manufacturers: Sequence[str]) -> list[Lateness]:
        """Of each of their classes that has due jobs."""
        return await backlog.lateness(self._db, manufacturers)

    async def ping(self) -> None:
        """Raise StoreUnavailable unless the database answers."""
        await reading.ping(self._db)

    async def close(self) -> None:
        """Give back every connection."""
        await self._db.close()


def open_store(address: str, *, pool_size: int = POOL_SIZE) -> Store:
    """The store at `address`; connects at the first call. `pool_size` is PostgreSQL's."""
    return SqlStore(address, pool_size=pool_size)
