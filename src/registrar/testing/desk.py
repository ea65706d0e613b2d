"""The use cases of the gRPC service without a database, faults included."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from registrar.admission.memory import MemoryAdmission
from registrar.app.assist import Assist
from registrar.app.audit import Audit
from registrar.app.circuits import Circuits
from registrar.app.commands import (
    Caller,
    Closing,
    Explained,
    Heartbeat,
    Page,
    Selection,
    Submit,
    Submitted,
    View,
    WatchMessage,
    WatchStart,
)
from registrar.app.connectors import Connectors
from registrar.app.customers import Customers
from registrar.app.drift import Drifts
from registrar.app.event_log import EventLog
from registrar.app.forms import Forms
from registrar.app.intervene import Intervene
from registrar.app.outlook import Outlook
from registrar.app.overrides import Overrides
from registrar.app.probing import Probes
from registrar.app.queries import Queries
from registrar.connectors.kit.override_lints import violations
from registrar.domain import lifecycle
from registrar.domain.errors import (
    ApiKeyInvalid,
    InvalidRequest,
    NotFound,
    RegistrarError,
    RequestIdReused,
    StoreUnavailable,
)
from registrar.domain.lifecycle import Moment
from registrar.domain.manufacturer import IdentifierRule, Manufacturer, TierListing
from registrar.domain.outcome import Tier
from registrar.domain.registration import Attempt, Event, Registration, State, Transition
from registrar.domain.submission import Submission
from registrar.ports.admission import Admission
from registrar.ports.api_keys import EVERY_SCOPE
from registrar.ports.clock import SystemClock
from registrar.ports.connector import Catalogue, Connector
from registrar.ports.forms import KnownForms
from registrar.ports.guides import Guides, NoGuides
from registrar.ports.papers import Papers
from registrar.ports.store import Filter, InsertStatus, NewRegistration, PageCursor, Store
from registrar.signals.memory import MemoryDoorbell
from registrar.store.keyring import Keyring
from registrar.store.memory import MemoryStore
from registrar.testing.customers import customers
from registrar.testing.forms import PlainForms
from registrar.testing.manufacturer import OneManufacturer
from registrar.testing.papers import SheetPapers
from registrar.testing.vault import MemoryVault

ACME = Manufacturer(
    id="acme",
    name="Acme",
    brands=("Acme", "Nova"),
    countries=("DE", "PL"),
    version="1",
    identifiers=(IdentifierRule("serial_number", ("AC[0-9]{10}",), "AC and ten digits"),),
    required_fields=("customer.email",),
    tiers=(TierListing(Tier.API, "anyone", "documented", enabled=True),),
    fictitious=True,
)
TOKEN = "token"  # noqa: S105 - no password
AUDIT_KEYS = Keyring(b"k" * 32)
KEYS = {
    "key-a": Caller("tenant-a", "a", EVERY_SCOPE),
    "key-b": Caller("tenant-b", "b", EVERY_SCOPE),
}


class OneCatalogue(OneManufacturer):
    """Acme."""

    def __init__(self, connector: Connector | None = None) -> None:
        super().__init__(connector)

    def manufacturers(self) -> Mapping[str, Manufacturer]:
        """By id."""
        return {ACME.id: ACME}


def connectors(
    store: Store,
    catalogue: Catalogue | None = None,
    forms: KnownForms | None = None,
    admission: Admission | None = None,
) -> Connectors:
    """The real use cases; the gates of one process where no others are given."""
    known, states = catalogue or OneCatalogue(), store.connectors
    clock, audit = SystemClock(), Audit(store.audit, AUDIT_KEYS)
    overrides = Overrides(known, store.overrides, violations, clock, audit)
    seen = Forms(forms or PlainForms(), store.forms, states)
    probes, drifts = Probes(known, states, forms=seen), Drifts(known, seen, audit)
    bell = MemoryDoorbell()
    circuits = Circuits(admission or MemoryAdmission(), known, states, clock, bell, audit)
    return Connectors(known, states, clock, bell, probes, overrides, drifts, circuits, audit)


async def authenticate(key: str) -> Caller:
    """Two keys of two tenants."""
    if key not in KEYS:
        raise ApiKeyInvalid
    return KEYS[key]


class Desk:
    """`error` is raised by every call, after `delay` seconds; `watching` counts open watches.

    `traces` are those of the submissions.
    """

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.error: BaseException | None = None
        self.delay = 0.0
        self.away = False
        self.watching = 0
        self.busy = 0
        self.busiest = 0
        self.traces: list[str] = []
        self.guides: Guides = NoGuides()
        self.papers: Papers = SheetPapers()
        self._submissions: dict[str, Submission] = {}
        self._changed = asyncio.Event()
        self._draining = False

    async def _trouble(self) -> None:
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            await asyncio.sleep(self.delay)
        finally:
            self.busy -= 1
        if self.error is not None:
            raise self.error

    @property
    def assist(self) -> Assist:
        """The real use cases."""
        interventions = Intervene(self.store, self, SystemClock())
        return Assist(interventions, self.guides, OneCatalogue(), self.papers)

    @property
    def customers(self) -> Customers:
        """The real use cases."""
        log = EventLog(self.store, MemoryDoorbell())
        return customers(Queries(self.store, MemoryVault(AUDIT_KEYS), SystemClock(), log))

    @property
    def _outlook(self) -> Outlook:
        return Outlook(self.store.connectors, OneCatalogue(), SystemClock())

    def _view(self, registration: Registration) -> View:
        return View(registration, self._submissions[registration.id])

    async def submit(self, caller: Caller, command: Submit) -> Submitted:
        """Stored in memory."""
        await self._trouble()
        self.traces.append(command.traceparent)
        if command.violations:
            raise InvalidRequest(command.violations)
        item = self._item(caller, command)
        fresh = item.transition.registration
        if command.validate_only:
            view = View(fresh, command.submission)
            return Submitted(view, created=False, plan=await self._outlook.plan(view))
        (answer,) = await self.store.insert([item])
        if answer.status is InsertStatus.REQUEST_ID_REUSED:
            raise RequestIdReused
        created = answer.status is InsertStatus.CREATED
        if created:
            self._submissions[fresh.id] = command.submission
        self._ring()
        return Submitted(self._view(answer.registration), created, TOKEN)

    def _item(self, caller: Caller, command: Submit) -> NewRegistration:
        now = datetime.now(UTC)
        made = Registration(
            id=f"reg_{uuid.uuid4().hex}",
            tenant_id=caller.tenant_id,
            request_id=command.request_id,
            manufacturer_id=command.manufacturer_id,
            brand=command.brand,
            state=State.PENDING,
            revision=0,
            priority=command.priority,
            allowed_tiers=command.allowed_tiers or (Tier.API,),
            created_at=now,
            updated_at=now,
            complete_by=command.complete_by,
            not_before=command.not_before,
        )
        moment = Moment(now, actor=f"caller:{caller.key_id}")
        return NewRegistration(
            transition=lifecycle.submit(made, moment),
            body_digest=hashlib.sha256(repr(command).encode()).digest(),
            sealed=b"",
            serial_index=command.submission.product.serial_number.encode(),
            reference_index=command.submission.external_reference.encode() or None,
            user_index=command.submission.customer.user_ref.encode() or None,
            duplicates=command.duplicates,
        )

    async def submit_many(
        self, caller: Caller, commands: Sequence[Submit]
    ) -> Sequence[Submitted | RegistrarError]:
        """One by one."""
        results: list[Submitted | RegistrarError] = []
        for command in commands:
            try:
                results.append(await self.submit(caller, command))
            except RegistrarError as error:
                results.append(error)
        return results

    async def get(self, caller: Caller, registration_id: str) -> View:
        """One of the caller's."""
        await self._trouble()
        found = await self.store.get(caller.tenant_id, [registration_id])
        if registration_id not in found:
            raise NotFound
        return self._view(found[registration_id].registration)

    async def lookup(
        self,
        caller: Caller,
        *,
        external_reference: str = "",
        manufacturer_id: str = "",
        serial_number: str = "",
    ) -> View:
        """The newest that matches."""
        del manufacturer_id
        found = await self.store.lookup(
            caller.tenant_id,
            reference=external_reference.encode() or None,
            serial=serial_number.encode() or None,
        )
        if found is None:
            raise NotFound
        return self._view(found.registration)

    async def page(
        self,
        caller: Caller,
        selection: Selection,
        *,
        descending: bool,
        page_size: int,
        page_token: str,
    ) -> Page:
        """The token is the last id."""
        after = None
        if page_token:
            last = (await self.get(caller, page_token)).registration
            after = PageCursor(last.created_at, last.id)
        where = Filter(states=selection.states, manufacturer_ids=selection.manufacturer_ids)
        rows = await self.store.page(
            caller.tenant_id, where, descending=descending, limit=page_size + 1, after=after
        )
        views = [self._view(row.registration) for row in rows[:page_size]]
        more = len(rows) > page_size
        return Page(views, views[-1].registration.id if more else "", "watch-token")

    async def watch(self, caller: Caller, start: WatchStart) -> AsyncGenerator[WatchMessage, None]:
        """A snapshot of each id and heartbeats, until all are final or the drain."""
        self.watching += 1
        try:
            for key in start.target if isinstance(start.target, tuple) else ():
                yield WatchMessage("token", await self.get(caller, key))
            while not self._draining:
                yield WatchMessage("token", Heartbeat(datetime.now(UTC)))
                self._changed.clear()
                await self._changed.wait()
            yield WatchMessage("token", Closing("draining", timedelta(seconds=0.1)))
        finally:
            self.watching -= 1

    async def wait(
        self, caller: Caller, registration_id: str, *, after_revision: int, max_wait: timedelta
    ) -> View:
        """A poll of the memory."""
        ends = asyncio.get_running_loop().time() + max_wait.total_seconds()
        while True:
            view = await self.get(caller, registration_id)
            over = asyncio.get_running_loop().time() >= ends or self._draining
            if view.registration.revision > after_revision or over:
                return view
            await asyncio.sleep(0.01)

    async def events(
        self, caller: Caller, registration_id: str, *, after: int, limit: int
    ) -> Sequence[Event]:
        """Of one registration."""
        await self.get(caller, registration_id)
        return await self.store.events(caller.tenant_id, registration_id, after=after, limit=limit)

    async def attempts(self, caller: Caller, registration_id: str) -> Sequence[Attempt]:
        """Of one registration."""
        await self.get(caller, registration_id)
        return await self.store.attempts(caller.tenant_id, registration_id)

    async def explain(self, caller: Caller, registration_id: str) -> Explained:
        """The real use case."""
        view = await self.get(caller, registration_id)
        return await self._outlook.explained(view, await self.attempts(caller, registration_id))

    async def cancel(
        self, caller: Caller, registration_id: str, *, reason: str, etag: str, request_id: str
    ) -> View:
        """Asks to stop."""
        del etag, request_id
        before = (await self.get(caller, registration_id)).registration
        moment = Moment(datetime.now(UTC), actor=f"caller:{caller.key_id}")
        return await self._write(lifecycle.cancel(before, reason, moment))

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
        del etag, request_id
        before = (await self.get(caller, registration_id)).registration
        moment = Moment(datetime.now(UTC), actor=f"caller:{caller.key_id}")
        risk = acknowledge_duplicate_risk
        return await self._write(lifecycle.retry(before, moment, acknowledge_duplicate_risk=risk))

    async def attempt(self, registration_id: str) -> None:
        """What a worker would do: claim it."""
        work = (await self.store.work([registration_id]))[registration_id]
        moment = Moment(datetime.now(UTC))
        claim = lifecycle.start_attempt(work.stored.registration, moment, work.fence, "1")
        await self._write(replace(claim, claim=False, keep_job=True))

    async def _write(self, transition: Transition) -> View:
        await self.store.write([transition], timedelta(seconds=30))
        self._ring()
        return self._view(transition.registration)

    def _ring(self) -> None:
        self._changed.set()

    async def ping(self) -> None:
        """StoreUnavailable while `away`."""
        if self.away:
            raise StoreUnavailable

    def drain(self) -> None:
        """Close every watch."""
        self._draining = True
        self._ring()
